using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Gateway.Chat;

public sealed class ChatOptions
{
    public const string Section = "OpsCenter:Chat";

    /// <summary>The largest request body, in MiB. Images travel inside it.</summary>
    [Range(1, 100)]
    public int MaxBodyMiB { get; set; } = 25;

    /// <summary>
    /// Tokens of answer that a request without <c>max_tokens</c> holds credit for at a time. At half of them it asks for as
    /// many again, so this is also what an account can be overdrawn by, per open answer.
    /// </summary>
    [Range(64, 100_000)]
    public int HoldStepTokens { get; set; } = 2048;

    /// <summary>Whether an answer that the provider broke off is charged for what had come.</summary>
    public bool ChargePartial { get; set; }
}

[OptionsValidator]
internal sealed partial class ChatOptionsValidator : IValidateOptions<ChatOptions>;
