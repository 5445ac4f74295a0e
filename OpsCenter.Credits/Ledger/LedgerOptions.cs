using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;

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

    /// <summary>
    /// How far, in USD, requests may bring a balance below its floor. What they cost beyond is written off and raises an alert.
    /// </summary>
    [Range(typeof(decimal), "0", "1000000")]
    public decimal MaxOvershootUsd { get; set; } = 100;

    /// <summary>How often the whole ledger is checked against its rows; zero for never.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan CheckPeriod { get; set; } = TimeSpan.FromMinutes(15);

    public NanoUsd MaxOvershoot => new((long)(MaxOvershootUsd * NanoUsd.PerUsd));

    /// <summary>How often holds are looked for whose lease ran out.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(1);
}

[OptionsValidator]
internal sealed partial class LedgerOptionsValidator : IValidateOptions<LedgerOptions>;
