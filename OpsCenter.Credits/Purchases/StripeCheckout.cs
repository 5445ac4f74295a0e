using System.Globalization;
using Microsoft.Extensions.Options;
using Stripe;
using Stripe.Checkout;

namespace OpsCenter.Credits.Purchases;

/// <summary>What we ask of Stripe: a page to pay on, and what became of it.</summary>
internal sealed class StripeCheckout
{
    /// <summary>The metadata key that leads from anything of Stripe's back to the purchase.</summary>
    public const string PurchaseIdKey = "purchase_id";

    /// <summary>How far Stripe's clock and ours may be apart.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    private readonly StripeClient? _client;
    private readonly TimeSpan _payWithin;

    public StripeCheckout(IOptions<StripeOptions> stripe, IOptions<PurchaseOptions> purchases, IHttpClientFactory http)
    {
        _payWithin = purchases.Value.PayWithin;
        if (!stripe.Value.IsConfigured)
            return;

        _client = new StripeClient(new StripeClientOptions
        {
            ApiKey = stripe.Value.IsSandbox ? "sk_test_sandbox" : stripe.Value.ApiKey,
            ApiBase = stripe.Value.IsSandbox ? $"{stripe.Value.SandboxUrl!.TrimEnd('/')}/sandbox/stripe" : null,
            // Stripe's own retries keep the idempotency key; telemetry would write to the home folder.
            HttpClient = new SystemNetHttpClient(http.CreateClient(nameof(StripeCheckout)), maxNetworkRetries: 1, enableTelemetry: false),
        });
    }

    private StripeClient Client => _client ?? throw new InvalidOperationException("No payment provider is configured.");

    /// <summary>
    /// Opens the page. Sent again for the same purchase, Stripe answers what it answered before; so a new page for the same
    /// purchase cannot come into being, and nobody can pay for it twice.
    /// </summary>
    public Task<Session> OpenAsync(PurchaseRow purchase, CancellationToken ct)
    {
        var metadata = new Dictionary<string, string> { [PurchaseIdKey] = purchase.Id.ToString() };
        return Client.V1.Checkout.Sessions.CreateAsync(
            new SessionCreateOptions
            {
                Mode = "payment",
                ClientReferenceId = purchase.Id.ToString(),
                Metadata = metadata,
                PaymentIntentData = new SessionPaymentIntentDataOptions { Metadata = metadata },
                LineItems =
                [
                    new SessionLineItemOptions
                    {
                        Quantity = 1,
                        PriceData = new SessionLineItemPriceDataOptions
                        {
                            Currency = purchase.Currency,
                            UnitAmount = purchase.AmountCents,
                            ProductData = new SessionLineItemPriceDataProductDataOptions
                            {
                                Name = string.Create(CultureInfo.InvariantCulture, $"OpsCenter credits, ${purchase.Credits}"),
                            },
                        },
                    },
                ],
                // Both would make what is paid differ from what the purchase says.
                AdaptivePricing = new SessionAdaptivePricingOptions { Enabled = false },
                AllowPromotionCodes = false,
                // From the row and not from the clock: a repetition has to send the same.
                ExpiresAt = (purchase.CreatedAt + _payWithin).UtcDateTime,
                SuccessUrl = purchase.ReturnTo,
                CancelUrl = purchase.ReturnTo,
            },
            new RequestOptions { IdempotencyKey = $"purchase:{purchase.Id}" },
            ct);
    }

    /// <summary>The page of a purchase whose opening was never answered; null when there is none.</summary>
    public async Task<Session?> FindAsync(PurchaseRow purchase, CancellationToken ct)
    {
        var reference = purchase.Id.ToString();
        var sessions = Client.V1.Checkout.Sessions.ListAutoPagingAsync(
            new SessionListOptions
            {
                Limit = 100,
                Created = new DateRangeOptions { GreaterThanOrEqual = (purchase.CreatedAt - ClockDifference).UtcDateTime },
            },
            cancellationToken: ct);
        await foreach (var session in sessions)
        {
            if (session.ClientReferenceId == reference)
                return session;
        }

        return null;
    }

    public Task<Session> GetAsync(string sessionId, CancellationToken ct) => Client.V1.Checkout.Sessions.GetAsync(
        sessionId, new SessionGetOptions { Expand = ["payment_intent.latest_charge"] }, cancellationToken: ct);

    public Task<PaymentIntent> GetPaymentAsync(string paymentIntentId, CancellationToken ct) =>
        Client.V1.PaymentIntents.GetAsync(paymentIntentId, cancellationToken: ct);

    public IAsyncEnumerable<Refund> RefundsAsync(string paymentIntentId, CancellationToken ct) => Client.V1.Refunds.ListAutoPagingAsync(
        new RefundListOptions { PaymentIntent = paymentIntentId, Limit = 100 }, cancellationToken: ct);

    public IAsyncEnumerable<Dispute> DisputesAsync(string paymentIntentId, CancellationToken ct) => Client.V1.Disputes.ListAutoPagingAsync(
        new DisputeListOptions { PaymentIntent = paymentIntentId, Limit = 100 }, cancellationToken: ct);

    public IAsyncEnumerable<Event> EventsAsync(DateTimeOffset since, CancellationToken ct) => Client.V1.Events.ListAutoPagingAsync(
        new EventListOptions { Limit = 100, Created = new DateRangeOptions { GreaterThanOrEqual = since.UtcDateTime } },
        cancellationToken: ct);

    /// <summary>Stripe cannot be reached, is over its limits or has failed: nothing was decided, and asking again may help.</summary>
    public static bool IsPassing(Exception fault, CancellationToken ct) => fault is HttpRequestException or StripeException
        || (fault is OperationCanceledException && !ct.IsCancellationRequested);
}
