using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Purchases;

/// <summary>
/// What somebody set out to pay. Written before the payment provider hears of it, and the only source of what is credited:
/// the provider says whether it was paid, this row says how much that is worth and to whom.
/// </summary>
internal sealed class PurchaseRow
{
    /// <summary>Also the id of the ledger entry.</summary>
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid AccountId { get; init; }

    /// <summary>The package at the time; null for a free amount.</summary>
    public string? PackageId { get; init; }

    public required long AmountCents { get; init; }

    public required string Currency { get; init; }

    /// <summary>What the account is credited when this is paid.</summary>
    public required NanoUsd Credits { get; init; }

    /// <summary>False for test payments; a session of the other kind never pays for it.</summary>
    public required bool Livemode { get; init; }

    public required string ReturnTo { get; init; }

    public PurchaseState State { get; set; }

    /// <summary>When it became <see cref="PurchaseState.Mismatched"/>, what differs.</summary>
    public string? Problem { get; set; }

    public string? SessionId { get; set; }

    public string? PaymentIntentId { get; set; }

    public string? CheckoutUrl { get; set; }

    public string? ReceiptUrl { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? PaidAt { get; set; }

    /// <summary>When the provider was last asked because the buyer wanted to know.</summary>
    public DateTimeOffset? CheckedAt { get; set; }

    /// <summary>It may still become paid.</summary>
    public bool IsPending => State is PurchaseState.Created or PurchaseState.Open;

    public static void Configure(EntityTypeBuilder<PurchaseRow> purchase)
    {
        purchase.ToTable("credit_purchases", table =>
        {
            table.HasCheckConstraint("ck_credit_purchases_amount", "amount_cents > 0 AND credits_nano > 0");
            table.HasCheckConstraint("ck_credit_purchases_state", "state BETWEEN 0 AND 7");
        });
        purchase.Property(row => row.Id).ValueGeneratedNever();
        purchase.Property(row => row.Credits).HasColumnName("credits_nano");
        purchase.Property(row => row.State).HasConversion<short>();
        purchase.Property(row => row.Currency).HasMaxLength(3);
        purchase.Property(row => row.PackageId).HasMaxLength(64);
        purchase.Property(row => row.SessionId).HasColumnName("stripe_session_id").HasMaxLength(255);
        purchase.Property(row => row.PaymentIntentId).HasColumnName("stripe_payment_intent_id").HasMaxLength(255);
        purchase.Ignore(row => row.IsPending);
        purchase.HasIndex(row => row.SessionId).IsUnique();
        purchase.HasIndex(row => row.PaymentIntentId).IsUnique();
        purchase.HasIndex(row => new { row.AccountId, row.Id });
        // What the reconciler looks for: few among many.
        purchase.HasIndex(row => row.CreatedAt).HasFilter("state <= 1");
    }
}

/// <summary>
/// Money that moved after a purchase was paid: a refund, a dispute, or one of them undone. Written before the ledger is told,
/// so that a crash between the two is made up for by telling it again.
/// </summary>
internal sealed class PurchaseMovement
{
    /// <summary>The refund's or dispute's id at the provider.</summary>
    public required string StripeId { get; init; }

    public required MovementKind Kind { get; init; }

    public required Guid PurchaseId { get; init; }

    /// <summary>The id of the ledger entry.</summary>
    public required Guid EntryId { get; init; }

    /// <summary>Signed as the customer sees it.</summary>
    public required NanoUsd Amount { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? BookedAt { get; set; }

    public static void Configure(EntityTypeBuilder<PurchaseMovement> movement)
    {
        movement.ToTable("credit_purchase_movements");
        movement.HasKey(row => new { row.StripeId, row.Kind });
        movement.Property(row => row.StripeId).HasMaxLength(255);
        movement.Property(row => row.Kind).HasConversion<short>();
        movement.HasIndex(row => row.EntryId).IsUnique();
        movement.HasOne<PurchaseRow>().WithMany().HasForeignKey(row => row.PurchaseId).OnDelete(DeleteBehavior.Restrict);
    }
}

internal enum MovementKind : short
{
    Refund = 0,

    /// <summary>The bank did not accept the refund: the money is with the operator again.</summary>
    RefundFailed = 1,

    DisputeWithdrawn = 2,
    DisputeReinstated = 3,
}
