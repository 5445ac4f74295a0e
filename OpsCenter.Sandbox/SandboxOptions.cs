using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Sandbox;

/// <summary>How fast the played providers are. 0 is as fast as this machine can.</summary>
internal sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    [Range(0, 100_000)]
    public double TokensPerSecond { get; set; } = 150;

    [Range(0, 600_000)]
    public int FirstTokenMs { get; set; } = 80;

    /// <summary>How many calls the log keeps; the oldest are forgotten first.</summary>
    [Range(1, 1_000_000)]
    public int LoggedCalls { get; set; } = 10_000;
}

[OptionsValidator]
internal sealed partial class SandboxOptionsValidator : IValidateOptions<SandboxOptions>;
