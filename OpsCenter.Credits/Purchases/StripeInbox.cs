using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using Stripe;

namespace OpsCenter.Credits.Purchases;

/// <summary>
/// Takes events in and acts upon them, each until it has succeeded. The webhook is answered once an event is written down, so
/// that Stripe never waits for us to ask Stripe.
/// </summary>
internal sealed partial class StripeInbox(
    IServiceScopeFactory scopes,
    StripeCheckout stripe,
    Fulfilment fulfilment,
    IOptions<StripeOptions> options,
    TimeProvider time,
    ILogger<StripeInbox> logger) : BackgroundService
{
    private const int MaxAttempts = 20;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    /// <summary>How long an event belongs to who took it; then somebody else may.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    private readonly SemaphoreSlim _arrived = new(0);

    /// <summary>Writes an event down, once. When this has returned, the event is not lost.</summary>
    public async Task PutAsync(StripeEvent arrived, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var isNew = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO stripe_events (event_id, type, created, livemode, api_version, object_id, purchase_id, payment_intent_id,
                payload, received_at, state, attempts, next_attempt_at)
            VALUES ({arrived.EventId}, {arrived.Type}, {arrived.Created}, {arrived.Livemode}, {arrived.ApiVersion}, {arrived.ObjectId},
                {arrived.PurchaseId}, {arrived.PaymentIntentId}, {arrived.Payload}, {arrived.ReceivedAt}, 0, 0, {arrived.NextAttemptAt})
            ON CONFLICT (event_id) DO NOTHING
            """,
            ct);
        if (isNew == 1)
            _arrived.Release();
    }

    public override void Dispose()
    {
        _arrived.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await TakeAsync(stoppingToken) is { } stripeEvent)
                    await ActAsync(stripeEvent, stoppingToken);
            }
            catch (Exception fault) when (fault is InvalidOperationException or Npgsql.NpgsqlException || PurchaseDesk.IsDatabaseOutage(fault))
            {
                LogStalled(fault);
            }

            await _arrived.WaitAsync(Poll, stoppingToken);
        }
    }

    private async Task<StripeEvent?> TakeAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var now = time.GetUtcNow();
        var until = now + Lease;
        var taken = await db.StripeEvents
            .FromSql(
                $"""
                UPDATE stripe_events SET attempts = attempts + 1, next_attempt_at = {until}
                WHERE event_id = (
                    SELECT event_id FROM stripe_events WHERE state = 0 AND next_attempt_at <= {now}
                    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING *
                """)
            .AsNoTracking()
            .ToListAsync(ct);
        return taken.FirstOrDefault();
    }

    private async Task ActAsync(StripeEvent stripeEvent, CancellationToken ct)
    {
        try
        {
            await EndAsync(stripeEvent, await IsOursAsync(stripeEvent, ct) ? EventState.Done : EventState.Ignored, error: null, ct);
        }
        catch (Exception fault) when (fault is CreditsUnavailableException or InvalidOperationException || StripeCheckout.IsPassing(fault, ct))
        {
            LogFailed(stripeEvent.EventId, stripeEvent.Type, stripeEvent.Attempts, fault);
            await EndAsync(stripeEvent, stripeEvent.Attempts < MaxAttempts ? EventState.Received : EventState.Dead, fault.Message, ct);
        }
    }

    private async Task<bool> IsOursAsync(StripeEvent stripeEvent, CancellationToken ct)
    {
        if (!options.Value.IsConfigured || stripeEvent.Livemode != options.Value.Livemode || await PurchaseOfAsync(stripeEvent, ct) is not { } purchase)
            return false;
        if (stripeEvent.Type.StartsWith("radar.early_fraud_warning.", StringComparison.Ordinal))
            LogFraudWarning(purchase);
        await fulfilment.BringUpToDateAsync(purchase, ct);
        return true;
    }

    /// <summary>A refund or a dispute knows its payment only, and we may not know that payment yet: its metadata leads back to the purchase.</summary>
    private async Task<Guid?> PurchaseOfAsync(StripeEvent stripeEvent, CancellationToken ct)
    {
        if (stripeEvent.PurchaseId is { } named)
            return named;
        if (stripeEvent.PaymentIntentId is not { } payment)
            return null;

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var known = await db.Purchases.Where(row => row.PaymentIntentId == payment).Select(row => (Guid?)row.Id).FirstOrDefaultAsync(ct);
        if (known is not null)
            return known;
        try
        {
            var intent = await stripe.GetPaymentAsync(payment, ct);
            return Guid.TryParse(intent.Metadata?.GetValueOrDefault(StripeCheckout.PurchaseIdKey), out var id) ? id : null;
        }
        catch (StripeException fault) when (fault.HttpStatusCode is System.Net.HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    private async Task EndAsync(StripeEvent stripeEvent, EventState state, string? error, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        // 2 s, 4 s, … and at most an hour.
        var next = time.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(3600, 1L << Math.Min(stripeEvent.Attempts, 12)));
        await db.StripeEvents.Where(row => row.EventId == stripeEvent.EventId).ExecuteUpdateAsync(
            set => set
                .SetProperty(row => row.State, state)
                .SetProperty(row => row.Error, error)
                .SetProperty(row => row.NextAttemptAt, next),
            ct);
    }

    [LoggerMessage(1, LogLevel.Warning, "Event {Event} ({Type}) could not be acted upon at attempt {Attempt}.")]
    private partial void LogFailed(string @event, string type, int attempt, Exception fault);

    [LoggerMessage(2, LogLevel.Error, "The inbox of payment events stalled and goes on in a moment.")]
    private partial void LogStalled(Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "Stripe warns that the card of purchase {Purchase} may have been stolen.")]
    private partial void LogFraudWarning(Guid purchase);
}
