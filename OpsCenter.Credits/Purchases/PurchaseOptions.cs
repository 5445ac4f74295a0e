using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Purchases;

/// <summary>What can be bought.</summary>
internal sealed class PurchaseOptions
{
    public const string Section = "Credits:Purchases";

    /// <summary>The least that can be bought at once, in cents.</summary>
    [Range(50, 99_999_999)]
    public long MinimumCents { get; set; } = 500;

    /// <summary>The most that can be bought at once, in cents.</summary>
    [Range(50, 99_999_999)]
    public long MaximumCents { get; set; } = 100_000;

    /// <summary>Cents by package id: <c>Credits:Purchases:Packages:credits_25=2500</c>. Naming one replaces those below.</summary>
    public Dictionary<string, long> Packages { get; } = new(StringComparer.Ordinal);

    /// <summary>How long the payment page stays open.</summary>
    [Range(typeof(TimeSpan), "00:31:00", "1.00:00:00")]
    public TimeSpan PayWithin { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How often what is unpaid or unheard of is looked for at the provider.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan ReconcilePeriod { get; set; } = TimeSpan.FromMinutes(10);

    public NanoUsd Minimum => NanoUsd.FromCents(MinimumCents);

    public NanoUsd Maximum => NanoUsd.FromCents(MaximumCents);

    /// <summary>The packages that an operator who names none offers.</summary>
    public void AddDefaults()
    {
        if (Packages.Count > 0)
            return;
        foreach (var dollars in new[] { 5, 10, 25, 50, 100 })
            Packages.Add($"credits_{dollars}", dollars * 100);
    }

    /// <summary>The cents of an amount that may be bought, else null.</summary>
    public long? Accept(NanoUsd amount) =>
        amount >= Minimum && amount <= Maximum && amount.Value % NanoUsd.PerCent == 0 ? amount.Value / NanoUsd.PerCent : null;
}

[OptionsValidator]
internal sealed partial class PurchaseOptionsValidator : IValidateOptions<PurchaseOptions>;

/// <summary>The numbers of <see cref="PurchaseOptions"/> that must agree with each other.</summary>
internal sealed class PurchaseRangeValidator : IValidateOptions<PurchaseOptions>
{
    public ValidateOptionsResult Validate(string? name, PurchaseOptions options)
    {
        if (options.MinimumCents > options.MaximumCents)
        {
            return ValidateOptionsResult.Fail(
                $"{PurchaseOptions.Section}: MinimumCents ({options.MinimumCents}) is more than MaximumCents ({options.MaximumCents}).");
        }

        var wrong = options.Packages.Where(package => package.Key.Length > 64 || package.Value < options.MinimumCents || package.Value > options.MaximumCents);
        return wrong.Select(package => package.Key).FirstOrDefault() is { } id
            ? ValidateOptionsResult.Fail($"{PurchaseOptions.Section}:Packages:{id} must be between {options.MinimumCents} and {options.MaximumCents} cents, and its id at most 64 characters.")
            : ValidateOptionsResult.Success;
    }
}

/// <summary>Who takes the money.</summary>
internal sealed class StripeOptions
{
    public const string Section = "OpsCenter:Stripe";

    /// <summary>What the Sandbox signs with unless told otherwise. It protects nothing, and need not: no real money is behind it.</summary>
    private const string SandboxSecret = "whsec_opscenter_sandbox";

    /// <summary>The secret or restricted key. Without one, payments are tests at the Sandbox if there is a Sandbox, else impossible.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Of the webhook endpoint, <c>whsec_…</c>.</summary>
    public string? WebhookSecret { get; set; }

    /// <summary>The secret before, accepted while it is being replaced.</summary>
    public string? PreviousWebhookSecret { get; set; }

    /// <summary>Base address of the Sandbox.</summary>
    public string? SandboxUrl { get; set; }

    public bool HasKey => !string.IsNullOrWhiteSpace(ApiKey);

    public bool IsSandbox => !HasKey && !string.IsNullOrWhiteSpace(SandboxUrl);

    public bool IsConfigured => HasKey || IsSandbox;

    /// <summary>Whether real money is taken.</summary>
    public bool Livemode => HasKey && (ApiKey!.StartsWith("sk_live_", StringComparison.Ordinal) || ApiKey.StartsWith("rk_live_", StringComparison.Ordinal));

    /// <summary>What a webhook may be signed with; none when it cannot be verified.</summary>
    public IReadOnlyList<string> Secrets => new[] { IsSandbox ? WebhookSecret ?? SandboxSecret : WebhookSecret, PreviousWebhookSecret }
        .OfType<string>()
        .Where(secret => secret.Length > 0)
        .ToArray();
}
