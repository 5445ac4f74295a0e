using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// One transfer between two accounts, never changed after it was written; the database refuses to. Its natural key is
/// <see cref="Id"/> (of the request, or of the payment) with <see cref="Kind"/>.
/// </summary>
internal sealed class Entry
{
    public required Guid Id { get; init; }

    public required EntryKind Kind { get; init; }

    /// <summary>The customer among the two accounts.</summary>
    public required Guid AccountId { get; init; }

    /// <summary>Counts the customer's entries from 1 without a gap.</summary>
    public required long Number { get; init; }

    public required Guid DebitAccount { get; init; }

    public required Guid CreditAccount { get; init; }

    /// <summary>What moved; never negative, the direction is in the two accounts.</summary>
    public required NanoUsd Amount { get; init; }

    /// <summary>What the customer had posted after this entry.</summary>
    public required NanoUsd BalanceAfter { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public string? Memo { get; init; }

    public NanoUsd SignedAmount => CreditAccount == AccountId ? Amount : -Amount;

    public static void Configure(EntityTypeBuilder<Entry> entry)
    {
        entry.ToTable("credit_transactions", table =>
        {
            table.HasCheckConstraint("ck_credit_transactions_amount", "amount >= 0");
            table.HasCheckConstraint("ck_credit_transactions_two_accounts", "debit_account <> credit_account");
            table.HasCheckConstraint("ck_credit_transactions_customer", "account_id IN (debit_account, credit_account)");
        });
        entry.HasKey(row => new { row.Id, row.Kind });
        entry.HasIndex(row => new { row.AccountId, row.Number }).IsUnique();
        entry.Ignore(row => row.SignedAmount);
    }
}

/// <summary>Why money moved. The first six are those of <see cref="PostKind"/>; the rest come of requests, those from 10 to 12 are their bill.</summary>
internal enum EntryKind : short
{
    Purchase = PostKind.Purchase,
    Grant = PostKind.Grant,
    Refund = PostKind.Refund,
    Dispute = PostKind.Dispute,
    Adjustment = PostKind.Adjustment,
    Expiry = PostKind.Expiry,

    /// <summary>What a request cost.</summary>
    Charge = 10,

    /// <summary>What a lost request had cost when it was last heard of.</summary>
    Recovery = 11,

    /// <summary>The difference between a recovery and the settlement that came after it.</summary>
    Correction = 12,

    /// <summary>What of a request's cost the customer is not asked for, because the balance reached its bound.</summary>
    Writeoff = 20,

    /// <summary>What a correction changes about the write-off of a recovery.</summary>
    WriteoffCorrection = 21,
}
