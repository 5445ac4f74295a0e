using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Router;

/// <summary>Section <c>Router</c>.</summary>
internal sealed class RouterOptions
{
    public const string Section = "Router";

    /// <summary>How long a gateway's question for the next snapshot stays open.</summary>
    [Range(1, 120)]
    public int SnapshotWaitSeconds { get; set; } = 30;

    /// <summary>How far back health looks.</summary>
    [Range(10, 3_600)]
    public int HealthWindowSeconds { get; set; } = 300;

    /// <summary>Failures in a row that an upstream may have before it is down.</summary>
    [Range(1, 100)]
    public int AllowedFailures { get; set; } = 2;

    /// <summary>How long an upstream that is down is left alone before one request tries it again.</summary>
    [Range(1, 3_600)]
    public int CooldownSeconds { get; set; } = 60;

    /// <summary>The p95 of the time to the first token above which an upstream is slow.</summary>
    [Range(100, 600_000)]
    public int SlowFirstTokenMs { get; set; } = 10_000;
}

[OptionsValidator]
internal sealed partial class RouterOptionsValidator : IValidateOptions<RouterOptions>;
