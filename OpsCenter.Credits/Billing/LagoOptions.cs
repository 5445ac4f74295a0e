using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace OpsCenter.Credits.Billing;

/// <summary>Where usage is metered and invoiced besides the ledger. Without an address and a key it is not told anything.</summary>
internal sealed class LagoOptions
{
    public const string Section = "Credits:Lago";

    /// <summary>For example <c>https://api.getlago.com/api/v1</c>.</summary>
    public Uri? Url { get; set; }

    public string? ApiKey { get; set; }

    /// <summary>The code of the billable metric that events count into.</summary>
    [Required]
    public string MetricCode { get; set; } = LagoEvent.DefaultCode;

    /// <summary>How often the outbox is looked at when nothing else says that it has something.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan Period { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The first pause after a failure; it doubles up to five minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:05:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    public bool IsOn => Url is not null && !string.IsNullOrWhiteSpace(ApiKey);
}

[OptionsValidator]
internal sealed partial class LagoOptionsValidator : IValidateOptions<LagoOptions>;
