using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;
using Npgsql;
using OpsCenter.Contracts;
using Stripe;

namespace OpsCenter.Credits.Purchases;

/// <summary>Where credits are bought.</summary>
internal sealed partial class PurchaseDesk(
    IServiceScopeFactory scopes,
    StripeCheckout stripe,
    Fulfilment fulfilment,
    StripeInbox inbox,
    IOptions<PurchaseOptions> options,
    IOptions<StripeOptions> provider,
    TimeProvider time,
    ILogger<PurchaseDesk> logger) : IPurchases
{
    private const string Route = "purchase";
    private const string Currency = "usd";

    /// <summary>How long one attempt may take before another with the same key takes over: longer than Stripe's own patience.</summary>
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromMinutes(5);

    /// <summary>A page that waits for its payment asks all the time; Stripe is asked this often.</summary>
    private static readonly TimeSpan CheckPause = TimeSpan.FromSeconds(1);

    public Task<PackageList> GetPackagesAsync(CancellationToken ct) => Task.FromResult(new PackageList(
        [.. options.Value.Packages.OrderBy(package => package.Value).Select(package => new CreditPackage(package.Key, NanoUsd.FromCents(package.Value)))],
        options.Value.Minimum,
        options.Value.Maximum,
        provider.Value.IsConfigured && !provider.Value.Livemode,
        provider.Value.IsConfigured));

    public Task<BuyReply> BuyAsync(BuyRequest request, CancellationToken ct) => AskAsync(() => SellAsync(request, ct));

    public Task<Contracts.Purchase?> GetAsync(Guid accountId, Guid purchaseId, CancellationToken ct) =>
        AskAsync(() => FindAsync(accountId, purchaseId, ct));

    public Task<WebhookReply> ReceiveAsync(WebhookDelivery delivery, CancellationToken ct) => AskAsync(() => TakeInAsync(delivery, ct));

    /// <summary>A database that does not answer, or not in time, decided nothing.</summary>
    public static bool IsDatabaseOutage(Exception fault) =>
        fault is RetryLimitExceededException or NpgsqlException { IsTransient: true }
        || (fault is InvalidOperationException && fault.InnerException is { } inner && IsDatabaseOutage(inner));

    private static async Task<T> AskAsync<T>(Func<Task<T>> question)
    {
        try
        {
            return await question();
        }
        catch (Exception fault) when (IsDatabaseOutage(fault))
        {
            throw new CreditsUnavailableException("The database of purchases does not answer.", fault);
        }
    }

    private async Task<BuyReply> SellAsync(BuyRequest request, CancellationToken ct)
    {
        if (!provider.Value.IsConfigured)
            return new BuyReply(BuyStatus.NotConfigured);
        if (request.PackageId is { } package && !options.Value.Packages.ContainsKey(package))
            return new BuyReply(BuyStatus.UnknownPackage);
        var cents = request.PackageId is { } id ? options.Value.Packages[id] : options.Value.Accept(request.Amount ?? NanoUsd.Zero);
        if (cents is null)
            return new BuyReply(BuyStatus.AmountRefused);

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var purchaseId = Guid.CreateVersion7();
        if (request.IdempotencyKey is { } key)
        {
            var claim = await ClaimAsync(db, request, key, purchaseId, ct);
            if (claim.Refusal is { } refusal)
                return new BuyReply(refusal);
            purchaseId = claim.PurchaseId;
            if (claim.Done)
            {
                var first = await db.Purchases.AsNoTracking().SingleAsync(row => row.Id == purchaseId, ct);
                return new BuyReply(BuyStatus.Opened, Describe(first, NanoUsd.Zero), Replayed: true);
            }
        }

        var reply = await OpenAsync(db, request, purchaseId, cents.Value, ct);
        if (request.IdempotencyKey is { } used)
            await ReleaseAsync(db, request, used, reply.Status is BuyStatus.Opened);
        return reply;
    }

    private async Task<Contracts.Purchase?> FindAsync(Guid accountId, Guid purchaseId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var found = db.Purchases.AsNoTracking().Where(row => row.Id == purchaseId && row.AccountId == accountId);
        if (await found.FirstOrDefaultAsync(ct) is not { } purchase)
            return null;

        if (purchase.IsPending && provider.Value.IsConfigured && await MayCheckAsync(db, purchaseId, ct))
        {
            try
            {
                await fulfilment.BringUpToDateAsync(purchaseId, ct);
            }
            catch (Exception fault) when (StripeCheckout.IsPassing(fault, ct))
            {
                // The buyer sees what we know; webhook and reconciler go on.
                LogUnreachable(purchaseId, fault.Message);
            }

            purchase = await found.FirstAsync(ct);
        }

        var movements = await db.PurchaseMovements.AsNoTracking()
            .Where(row => row.PurchaseId == purchaseId && row.Kind <= MovementKind.RefundFailed)
            .Select(row => row.Amount)
            .ToListAsync(ct);
        return Describe(purchase, movements.Aggregate(NanoUsd.Zero, (sum, amount) => sum - amount));
    }

    private async Task<WebhookReply> TakeInAsync(WebhookDelivery delivery, CancellationToken ct)
    {
        if (provider.Value.Secrets is not { Count: > 0 } secrets)
            return new WebhookReply(WebhookVerdict.NotConfigured);
        if (string.IsNullOrEmpty(delivery.Signature))
            return new WebhookReply(WebhookVerdict.Refused, "There is no Stripe-Signature header.");
        if (WhyNotGenuine(delivery.Payload, delivery.Signature, secrets) is { } reason)
            return new WebhookReply(WebhookVerdict.Refused, reason);
        if (StripeEvent.Read(delivery.Payload, time.GetUtcNow()) is not { } stripeEvent)
            return new WebhookReply(WebhookVerdict.Refused, "The body is not a Stripe event.");

        await inbox.PutAsync(stripeEvent, ct);
        return new WebhookReply(WebhookVerdict.Stored);
    }

    /// <summary>
    /// Writes the purchase down, then opens its page. When the second fails, the page may exist all the same: then it is
    /// looked for, and if that fails too, the reconciler finds it.
    /// </summary>
    private async Task<BuyReply> OpenAsync(CreditsDb db, BuyRequest request, Guid purchaseId, long cents, CancellationToken ct)
    {
        var purchase = await db.Purchases.AsNoTracking().FirstOrDefaultAsync(row => row.Id == purchaseId, ct);
        var isRetry = purchase is not null;
        if (purchase is null)
        {
            purchase = new PurchaseRow
            {
                Id = purchaseId,
                AccountId = request.AccountId,
                PackageId = request.PackageId,
                AmountCents = cents,
                Currency = Currency,
                Credits = NanoUsd.FromCents(cents),
                Livemode = provider.Value.Livemode,
                ReturnTo = request.ReturnTo.Replace("{purchase_id}", purchaseId.ToString(), StringComparison.Ordinal),
                CreatedAt = time.GetUtcNow(),
            };
            db.Purchases.Add(purchase);
            await db.SaveChangesAsync(ct);
            db.ChangeTracker.Clear();
        }

        if (purchase.SessionId is null)
        {
            try
            {
                var session = (isRetry ? await stripe.FindAsync(purchase, ct) : null) ?? await stripe.OpenAsync(purchase, ct);
                await Fulfilment.OpenedAsync(db, purchaseId, session, ct);
            }
            catch (Exception fault) when (StripeCheckout.IsPassing(fault, ct))
            {
                LogNotOpened(purchaseId, fault.Message);
                if (await TryFindAsync(purchase, ct) is not { } session)
                    return new BuyReply(BuyStatus.ProviderUnavailable);
                await Fulfilment.OpenedAsync(db, purchaseId, session, ct);
            }
        }

        return new BuyReply(BuyStatus.Opened, Describe(await db.Purchases.AsNoTracking().SingleAsync(row => row.Id == purchaseId, ct), NanoUsd.Zero));
    }

    private async Task<Stripe.Checkout.Session?> TryFindAsync(PurchaseRow purchase, CancellationToken ct)
    {
        try
        {
            return await stripe.FindAsync(purchase, ct);
        }
        catch (Exception fault) when (StripeCheckout.IsPassing(fault, ct))
        {
            return null;
        }
    }

    /// <summary>Takes the key, or says who has it. One statement decides between callers that come at once.</summary>
    private async Task<(Guid PurchaseId, bool Done, BuyStatus? Refusal)> ClaimAsync(
        CreditsDb db, BuyRequest request, string key, Guid purchaseId, CancellationToken ct)
    {
        var (now, account) = (time.GetUtcNow(), request.AccountId);
        var until = now + AttemptLimit;
        var taken = await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO idempotency_keys (principal, route, key, request_sha256, subject_id, locked_until, created_at)
            VALUES ({account}, {Route}, {key}, {request.Fingerprint}, {purchaseId}, {until}, {now})
            ON CONFLICT (principal, route, key) DO UPDATE SET locked_until = EXCLUDED.locked_until
            WHERE idempotency_keys.done_at IS NULL AND idempotency_keys.locked_until <= {now}
                AND idempotency_keys.request_sha256 = EXCLUDED.request_sha256
            """,
            ct);
        var row = await db.IdempotencyKeys.AsNoTracking().SingleAsync(
            row => row.Principal == account && row.Route == Route && row.Key == key, ct);
        if (row.RequestSha256 != request.Fingerprint)
            return (default, false, BuyStatus.KeyReused);
        if (row.DoneAt is not null)
            return (row.SubjectId, true, null);
        return taken == 1 ? (row.SubjectId, false, null) : (default, false, BuyStatus.InProgress);
    }

    /// <summary>Ends the attempt. One that failed leaves the key free, and bound to its purchase, for the next.</summary>
    private async Task ReleaseAsync(CreditsDb db, BuyRequest request, string key, bool done)
    {
        var now = time.GetUtcNow();
        // Not the caller's token: who hangs up now must not lock the key for minutes.
        await db.IdempotencyKeys
            .Where(row => row.Principal == request.AccountId && row.Route == Route && row.Key == key)
            .ExecuteUpdateAsync(
                set => set.SetProperty(row => row.LockedUntil, now).SetProperty(row => row.DoneAt, done ? now : (DateTimeOffset?)null),
                CancellationToken.None);
    }

    private async Task<bool> MayCheckAsync(CreditsDb db, Guid purchaseId, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var before = now - CheckPause;
        return await db.Purchases
            .Where(row => row.Id == purchaseId && (row.CheckedAt == null || row.CheckedAt <= before))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.CheckedAt, now), ct) == 1;
    }

    private string? WhyNotGenuine(string payload, string signature, IReadOnlyList<string> secrets)
    {
        const long ToleranceSeconds = 300;
        string? reason = null;
        foreach (var secret in secrets)
        {
            try
            {
                EventUtility.ValidateSignature(payload, signature, secret, ToleranceSeconds, time.GetUtcNow().ToUnixTimeSeconds());
                return null;
            }
            catch (StripeException fault)
            {
                reason = fault.Message;
            }
            catch (Exception fault) when (fault is FormatException or OverflowException or EncoderFallbackException or ArgumentException)
            {
                reason = "The Stripe-Signature header is malformed.";
            }
        }

        return reason;
    }

    private static Contracts.Purchase Describe(PurchaseRow purchase, NanoUsd refunded) => new(
        purchase.Id,
        purchase.State,
        purchase.Credits,
        refunded,
        purchase.CreatedAt,
        purchase.PaidAt,
        purchase.CheckoutUrl,
        purchase.ReceiptUrl);

    [LoggerMessage(1, LogLevel.Warning, "The page of purchase {Purchase} could not be opened: {Reason}")]
    private partial void LogNotOpened(Guid purchase, string reason);

    [LoggerMessage(2, LogLevel.Warning, "Purchase {Purchase} could not be looked up: {Reason}")]
    private partial void LogUnreachable(Guid purchase, string reason);
}
