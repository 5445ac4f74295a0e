using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>
/// Buying credits as the Gateway sees it. Two implementations: in process (Standalone) and over HTTP. Money is credited by the
/// payment provider's word alone, never by anything that passes through here.
/// </summary>
public interface IPurchases
{
    Task<PackageList> GetPackagesAsync(CancellationToken ct);

    /// <summary>Opens a purchase and the page where it is paid. An expected refusal is a <see cref="BuyStatus"/>.</summary>
    /// <exception cref="CreditsUnavailableException">Credits cannot be asked; the same call may be made again.</exception>
    Task<BuyReply> BuyAsync(BuyRequest request, CancellationToken ct);

    /// <summary>The purchase, or null when the account has none with this id. One that is not paid yet is looked up at the provider.</summary>
    Task<Purchase?> GetAsync(Guid accountId, Guid purchaseId, CancellationToken ct);

    /// <summary>Takes in what the payment provider reports. Once it is <see cref="WebhookVerdict.Stored"/>, it is not lost.</summary>
    Task<WebhookReply> ReceiveAsync(WebhookDelivery delivery, CancellationToken ct);
}

/// <param name="Packages">What is offered, cheapest first.</param>
/// <param name="Minimum">The least that can be bought at once.</param>
/// <param name="Maximum">The most that can be bought at once.</param>
/// <param name="TestPayments">No real money is taken.</param>
/// <param name="Configured">False when nothing can be bought, because the operator named no payment provider.</param>
public sealed record PackageList(
    IReadOnlyList<CreditPackage> Packages, NanoUsd Minimum, NanoUsd Maximum, bool TestPayments, bool Configured);

/// <summary>An amount of credits with a name. 1 credit = 1 USD.</summary>
public sealed record CreditPackage(string Id, NanoUsd Amount);

/// <param name="AccountId">Who buys.</param>
/// <param name="PackageId">A package; else <paramref name="Amount"/>.</param>
/// <param name="Amount">A free amount in USD; else <paramref name="PackageId"/>.</param>
/// <param name="ReturnTo">Where the buyer's browser goes afterwards.</param>
/// <param name="IdempotencyKey">The caller's name for this attempt; null when a repetition is meant as another purchase.</param>
/// <param name="Fingerprint">What the caller sent, hashed: the same key with another body is a mistake.</param>
public sealed record BuyRequest(
    Guid AccountId, string? PackageId, NanoUsd? Amount, string ReturnTo, string? IdempotencyKey, string Fingerprint);

/// <param name="Status">The outcome.</param>
/// <param name="Purchase">The purchase, when it is <see cref="BuyStatus.Opened"/>.</param>
/// <param name="Replayed">The reply is that of an earlier call with the same key.</param>
public sealed record BuyReply(BuyStatus Status, Purchase? Purchase = null, bool Replayed = false);

[JsonConverter(typeof(JsonStringEnumConverter<BuyStatus>))]
public enum BuyStatus
{
    /// <summary>The buyer can pay now.</summary>
    Opened,

    UnknownPackage,

    /// <summary>Outside the accepted range, or not a whole number of cents.</summary>
    AmountRefused,

    /// <summary>The idempotency key was used with another body.</summary>
    KeyReused,

    /// <summary>A call with the same idempotency key has not ended yet.</summary>
    InProgress,

    /// <summary>The operator named no payment provider.</summary>
    NotConfigured,

    /// <summary>The payment provider did not answer, or refused. Nothing was taken; the same call may be made again.</summary>
    ProviderUnavailable,
}

/// <summary>A purchase as its buyer sees it.</summary>
public sealed record Purchase(
    Guid Id,
    PurchaseState State,
    NanoUsd Amount,
    NanoUsd Refunded,
    DateTimeOffset CreatedAt,
    DateTimeOffset? PaidAt,
    string? CheckoutUrl,
    string? ReceiptUrl);

[JsonConverter(typeof(JsonStringEnumConverter<PurchaseState>))]
public enum PurchaseState
{
    /// <summary>Written down; the payment provider may or may not know of it.</summary>
    Created = 0,

    /// <summary>The buyer can pay.</summary>
    Open = 1,

    /// <summary>Paid and credited.</summary>
    Paid = 2,

    /// <summary>The payment failed for good.</summary>
    Failed = 3,

    /// <summary>Nobody paid in time.</summary>
    Expired = 4,

    /// <summary>Paid, credited, and given back as a whole.</summary>
    Refunded = 5,

    /// <summary>Paid and credited; the cardholder's bank has taken the money back.</summary>
    Disputed = 6,

    /// <summary>What was paid is not what was asked for. Nothing is credited until an operator has looked at it.</summary>
    Mismatched = 7,
}

/// <param name="Payload">The body as it came.</param>
/// <param name="Signature">The <c>Stripe-Signature</c> header, if there was one.</param>
public sealed record WebhookDelivery(string Payload, string? Signature);

/// <param name="Verdict">What became of it.</param>
/// <param name="Detail">For a refusal, why.</param>
public sealed record WebhookReply(WebhookVerdict Verdict, string? Detail = null);

[JsonConverter(typeof(JsonStringEnumConverter<WebhookVerdict>))]
public enum WebhookVerdict
{
    /// <summary>Written down now or before; it will be acted upon.</summary>
    Stored,

    /// <summary>Forged, stale or malformed.</summary>
    Refused,

    /// <summary>There is no secret to verify it with.</summary>
    NotConfigured,
}

/// <summary>Paths of the purchases' internal doors.</summary>
public static class PurchasePaths
{
    /// <summary>GET → <see cref="PackageList"/>.</summary>
    public const string Packages = "/internal/packages";

    /// <summary>POST <see cref="BuyRequest"/> → <see cref="BuyReply"/>.</summary>
    public const string Purchases = "/internal/purchases";

    /// <summary>GET → <see cref="Contracts.Purchase"/> or 404.</summary>
    public const string Purchase = "/internal/accounts/{accountId:guid}/purchases/{purchaseId:guid}";

    /// <summary>POST <see cref="WebhookDelivery"/> → <see cref="WebhookReply"/>.</summary>
    public const string Webhook = "/internal/webhooks/stripe";
}
