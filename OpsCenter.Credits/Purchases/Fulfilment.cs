using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using Stripe.Checkout;

namespace OpsCenter.Credits.Purchases;

/// <summary>
/// Brings a purchase and the ledger to what Stripe says has happened. The one way by which a purchase credits anything: webhook,
/// return page and reconciler all end here, as often and as concurrently as they like.
/// <list type="number">
/// <item>Find the session, if its opening was never answered.</item>
/// <item>Ask Stripe for it; if it is paid and as it should be, credit what the row says.</item>
/// <item>Book what was refunded or disputed since.</item>
/// </list>
/// The ledger is told before the row says so. After a crash in between it is told again and answers that it knows.
/// </summary>
internal sealed partial class Fulfilment(
    IServiceScopeFactory scopes,
    StripeCheckout stripe,
    ICredits ledger,
    IOptions<StripeOptions> options,
    TimeProvider time,
    ILogger<Fulfilment> logger)
{
    private const string Paid = "paid";

    public async Task BringUpToDateAsync(Guid purchaseId, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        if (await db.Purchases.AsNoTracking().FirstOrDefaultAsync(row => row.Id == purchaseId, ct) is not { } purchase)
            return;
        // A test purchase after the operator has switched to real payments, or the other way round: another Stripe altogether.
        if (purchase.Livemode != options.Value.Livemode)
            return;

        // 1.
        var sessionId = purchase.SessionId ?? await AdoptAsync(db, purchase, ct);
        if (sessionId is null)
            return;

        // 2.
        var session = await stripe.GetAsync(sessionId, ct);
        if (session.PaymentStatus != Paid)
        {
            if (EndOf(session) is { } end)
                await MoveAsync(db, purchaseId, [PurchaseState.Created, PurchaseState.Open], end, ct);
            return;
        }

        if (Difference(purchase, session) is { } difference)
        {
            LogMismatch(purchaseId, difference);
            await db.Purchases
                .Where(row => row.Id == purchaseId && row.PaidAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, PurchaseState.Mismatched).SetProperty(row => row.Problem, difference), ct);
            return;
        }

        if (purchase.PaidAt is null)
            await CreditAsync(db, purchase, session, ct);

        // 3.
        if (session.PaymentIntentId is { } payment)
            await BookMovementsAsync(db, purchase, payment, ct);
    }

    private async Task<string?> AdoptAsync(CreditsDb db, PurchaseRow purchase, CancellationToken ct)
    {
        if (await stripe.FindAsync(purchase, ct) is not { } session)
        {
            // Stripe refuses a key that old; nobody has seen a page, so nobody can have paid.
            if (time.GetUtcNow() - purchase.CreatedAt > TimeSpan.FromDays(1))
                await MoveAsync(db, purchase.Id, [PurchaseState.Created], PurchaseState.Expired, ct);
            return null;
        }

        await OpenedAsync(db, purchase.Id, session, ct);
        return session.Id;
    }

    /// <summary>Notes the page on the purchase, unless something later has happened to it already.</summary>
    public static async Task OpenedAsync(CreditsDb db, Guid purchaseId, Session session, CancellationToken ct)
    {
        await db.Purchases.Where(row => row.Id == purchaseId && row.SessionId == null).ExecuteUpdateAsync(
            set => set.SetProperty(row => row.SessionId, session.Id).SetProperty(row => row.CheckoutUrl, session.Url), ct);
        await MoveAsync(db, purchaseId, [PurchaseState.Created], PurchaseState.Open, ct);
    }

    private async Task CreditAsync(CreditsDb db, PurchaseRow purchase, Session session, CancellationToken ct)
    {
        await TellLedgerAsync(new Post(purchase.Id, purchase.AccountId, PostKind.Purchase, purchase.Credits, "Credits bought"), ct);
        var now = time.GetUtcNow();
        var receipt = session.PaymentIntent?.LatestCharge?.ReceiptUrl;
        var credited = await db.Purchases
            .Where(row => row.Id == purchase.Id && row.PaidAt == null)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(row => row.State, PurchaseState.Paid)
                    .SetProperty(row => row.PaidAt, now)
                    .SetProperty(row => row.PaymentIntentId, session.PaymentIntentId)
                    .SetProperty(row => row.ReceiptUrl, receipt),
                ct);
        if (credited == 1)
            LogCredited(purchase.Id, purchase.AccountId, purchase.Credits);
    }

    private async Task BookMovementsAsync(CreditsDb db, PurchaseRow purchase, string paymentIntentId, CancellationToken ct)
    {
        var refunded = 0L;
        await foreach (var refund in stripe.RefundsAsync(paymentIntentId, ct))
        {
            if (refund.Status is "failed" or "canceled")
            {
                await NoteAsync(db, purchase, refund.Id, MovementKind.RefundFailed, refund.Amount, ct);
            }
            else
            {
                refunded += refund.Amount;
                await NoteAsync(db, purchase, refund.Id, MovementKind.Refund, -refund.Amount, ct);
            }
        }

        var withdrawn = 0L;
        await foreach (var dispute in stripe.DisputesAsync(paymentIntentId, ct))
        {
            // Their sign tells whether the bank took the money or gave it back; an inquiry has none, and moves nothing.
            foreach (var transaction in dispute.BalanceTransactions ?? [])
            {
                var kind = transaction.Amount < 0 ? MovementKind.DisputeWithdrawn : MovementKind.DisputeReinstated;
                var cents = transaction.Amount < 0 ? -dispute.Amount : dispute.Amount;
                withdrawn -= cents;
                await NoteAsync(db, purchase, dispute.Id, kind, cents, ct);
            }
        }

        var unbooked = await db.PurchaseMovements.AsNoTracking()
            .Where(row => row.PurchaseId == purchase.Id && row.BookedAt == null)
            .OrderBy(row => row.EntryId)
            .ToListAsync(ct);
        foreach (var movement in unbooked)
        {
            var kind = movement.Kind is MovementKind.Refund or MovementKind.RefundFailed ? PostKind.Refund : PostKind.Dispute;
            await TellLedgerAsync(new Post(movement.EntryId, purchase.AccountId, kind, movement.Amount, Memo(movement.Kind)), ct);
            var now = time.GetUtcNow();
            await db.PurchaseMovements
                .Where(row => row.EntryId == movement.EntryId)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.BookedAt, now), ct);
            LogMoved(purchase.Id, movement.Kind, movement.Amount);
        }

        var state = withdrawn > 0 ? PurchaseState.Disputed
            : refunded >= purchase.AmountCents ? PurchaseState.Refunded
            : PurchaseState.Paid;
        await MoveAsync(db, purchase.Id, [PurchaseState.Paid, PurchaseState.Refunded, PurchaseState.Disputed], state, ct);
    }

    /// <summary>Writes a movement down once. A refund that failed before we had heard of it never took anything, so it gives nothing back.</summary>
    private async Task NoteAsync(CreditsDb db, PurchaseRow purchase, string stripeId, MovementKind kind, long cents, CancellationToken ct)
    {
        var (entry, now, amount) = (Guid.CreateVersion7(), time.GetUtcNow(), NanoUsd.FromCents(cents).Value);
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO credit_purchase_movements (stripe_id, kind, purchase_id, entry_id, amount, created_at)
            SELECT {stripeId}, {(short)kind}, {purchase.Id}, {entry}, {amount}, {now}
            WHERE {(short)kind} <> {(short)MovementKind.RefundFailed}
                OR EXISTS (SELECT FROM credit_purchase_movements WHERE stripe_id = {stripeId} AND kind = {(short)MovementKind.Refund})
            ON CONFLICT (stripe_id, kind) DO NOTHING
            """,
            ct);
    }

    private async Task TellLedgerAsync(Post post, CancellationToken ct)
    {
        var reply = await ledger.ApplyAsync(post, ct);
        if (reply.Status is not (LedgerStatus.Ok or LedgerStatus.Duplicate))
            throw new InvalidOperationException($"The ledger answered {reply.Status} ({reply.Detail}) to {post.Kind} {post.Id} of {post.Amount} USD.");
    }

    private static Task<int> MoveAsync(CreditsDb db, Guid purchaseId, PurchaseState[] from, PurchaseState to, CancellationToken ct) =>
        db.Purchases
            .Where(row => row.Id == purchaseId && from.Contains(row.State))
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.State, to), ct);

    /// <summary>What differs between what was asked for and what was paid.</summary>
    private static string? Difference(PurchaseRow purchase, Session session)
    {
        if (session.ClientReferenceId != purchase.Id.ToString())
            return $"The session is for {session.ClientReferenceId}.";
        if (session.AmountTotal != purchase.AmountCents)
            return $"{session.AmountTotal} cents were paid instead of {purchase.AmountCents}.";
        if (!string.Equals(session.Currency, purchase.Currency, StringComparison.OrdinalIgnoreCase))
            return $"It was paid in {session.Currency} instead of {purchase.Currency}.";
        return session.Livemode == purchase.Livemode ? null : "Test and live payments were mixed up.";
    }

    private static PurchaseState? EndOf(Session session) => session.Status switch
    {
        "expired" => PurchaseState.Expired,
        // Complete and unpaid: an asynchronous payment under way, or one that failed.
        "complete" when session.PaymentIntent?.Status is "requires_payment_method" or "canceled" => PurchaseState.Failed,
        _ => null,
    };

    private static string Memo(MovementKind kind) => kind switch
    {
        MovementKind.Refund => "Refunded to the card",
        MovementKind.RefundFailed => "The bank did not accept a refund",
        MovementKind.DisputeWithdrawn => "Taken back by the cardholder's bank",
        _ => "Given back by the cardholder's bank",
    };

    [LoggerMessage(1, LogLevel.Information, "Purchase {Purchase} credited account {Account} with {Amount} USD.")]
    private partial void LogCredited(Guid purchase, Guid account, NanoUsd amount);

    [LoggerMessage(2, LogLevel.Warning, "Purchase {Purchase} moved again: {Kind} of {Amount} USD.")]
    private partial void LogMoved(Guid purchase, MovementKind kind, NanoUsd amount);

    [LoggerMessage(3, LogLevel.Error, "Purchase {Purchase} was paid and not credited: {Difference}")]
    private partial void LogMismatch(Guid purchase, string difference);
}
