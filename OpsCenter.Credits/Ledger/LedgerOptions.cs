using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Credits.Ledger;

internal sealed class LedgerOptions
{
    public const string Section = "Credits:Ledger";

    /// <summary>Writers side by side, each with a connection of its own. An account always belongs to the same one.</summary>
    [Range(1, 16)]
    public int Lanes { get; set; } = 4;

    /// <summary>Commands that may wait for one lane. The next is refused at once, which callers see as 503.</summary>
    [Range(1, 1_000_000)]
    public int QueueSize { get; set; } = 8_192;

    /// <summary>Commands in one transaction at most.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 1_024;

    /// <summary>How often holds are looked for whose lease ran out.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class LedgerOptionsValidator : IValidateOptions<LedgerOptions>;
