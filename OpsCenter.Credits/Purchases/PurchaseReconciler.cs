using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Purchases;

/// <summary>
/// Looks for what no webhook told: purchases that are still unpaid here, and events of the last hours; after a start and once
/// a day, events as far back as Stripe keeps them.
/// </summary>
internal sealed partial class PurchaseReconciler(
    IServiceScopeFactory scopes,
    StripeCheckout stripe,
    Fulfilment fulfilment,
    StripeInbox inbox,
    IOptions<PurchaseOptions> purchases,
    IOptions<StripeOptions> options,
    TimeProvider time,
    ILogger<PurchaseReconciler> logger) : BackgroundService
{
    private static readonly TimeSpan ShortLook = TimeSpan.FromHours(4);
    private static readonly TimeSpan LongLook = TimeSpan.FromDays(30);

    /// <summary>Longer than callers are promised.</summary>
    private static readonly TimeSpan KeepKeys = TimeSpan.FromDays(2);

    private DateTimeOffset _lookedFar;

    public async Task RunOnceAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var now = time.GetUtcNow();
        var live = options.Value.Livemode;
        var since = now - LongLook;
        var pending = await db.Purchases
            .Where(row => row.State <= PurchaseState.Open && row.CreatedAt > since && row.Livemode == live)
            .OrderBy(row => row.CreatedAt)
            .Select(row => row.Id)
            .ToListAsync(ct);
        foreach (var purchase in pending)
        {
            try
            {
                await fulfilment.BringUpToDateAsync(purchase, ct);
            }
            catch (Exception fault) when (fault is CreditsUnavailableException or InvalidOperationException || StripeCheckout.IsPassing(fault, ct))
            {
                // The others need not wait for this one.
                LogFailed(purchase, fault);
            }
        }

        var isFar = now - _lookedFar >= TimeSpan.FromDays(1);
        await foreach (var stripeEvent in stripe.EventsAsync(now - (isFar ? LongLook : ShortLook), ct))
        {
            if (StripeEvent.Read(stripeEvent.ToJson(), now) is { } missed)
                await inbox.PutAsync(missed, ct);
        }

        if (isFar)
            _lookedFar = now;
        var old = now - KeepKeys;
        await db.IdempotencyKeys.Where(row => row.CreatedAt < old).ExecuteDeleteAsync(ct);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsConfigured)
            return;
        using var timer = new PeriodicTimer(purchases.Value.ReconcilePeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is InvalidOperationException or Npgsql.NpgsqlException
                || PurchaseDesk.IsDatabaseOutage(fault)
                || StripeCheckout.IsPassing(fault, stoppingToken))
            {
                LogSkipped(fault);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Purchase {Purchase} could not be reconciled; the next round tries again.")]
    private partial void LogFailed(Guid purchase, Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "Purchases could not be reconciled; the next round tries again.")]
    private partial void LogSkipped(Exception fault);
}
