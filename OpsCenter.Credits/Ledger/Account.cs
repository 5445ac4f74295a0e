using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>What a customer has. Written by the lanes alone, each time under the row's lock.</summary>
internal sealed class Account
{
    public required Guid AccountId { get; init; }

    /// <summary>Everything credited minus everything charged: the sum of the account's entries.</summary>
    public NanoUsd Posted { get; set; }

    /// <summary>The sum of the account's open holds.</summary>
    public NanoUsd Pending { get; set; }

    /// <summary>How far below zero the account may hold; zero for everybody who has no credit line.</summary>
    public NanoUsd Floor { get; set; }

    public AccountStatus Status { get; set; }

    /// <summary>The number of the account's newest entry.</summary>
    public long LastEntry { get; set; }

    /// <summary>How many holds make up <see cref="Pending"/>.</summary>
    public int OpenHolds { get; set; }

    /// <summary>What requests that began in <see cref="UsedMonth"/> cost.</summary>
    public NanoUsd Used { get; set; }

    /// <summary>The first day, UTC, of the newest month in which a request began that was charged.</summary>
    public DateOnly UsedMonth { get; set; }

    public NanoUsd Available => Posted - Pending - Floor;

    /// <summary>Why the account cannot hold <paramref name="amount"/> more, or null. The one place that admits.</summary>
    public LedgerStatus? Refuses(NanoUsd amount)
    {
        if (Status is not AccountStatus.Active)
            return LedgerStatus.Frozen;
        return Available < amount ? LedgerStatus.InsufficientCredits : null;
    }

    /// <summary>What the month of <paramref name="day"/> costs so far, holds included. Those of the month before end within minutes.</summary>
    public NanoUsd SpentInMonthOf(DateOnly day) =>
        Pending + (UsedMonth == BudgetPeriod.Month.StartOf(day) ? Used : NanoUsd.Zero);

    /// <summary>Numbers and books a movement of <paramref name="amount"/>, signed as the customer sees it.</summary>
    public void Book(NanoUsd amount)
    {
        Posted += amount;
        LastEntry++;
    }

    /// <summary>Counts <paramref name="cost"/> into the month of <paramref name="day"/>, unless a newer month has begun.</summary>
    public void CountUse(NanoUsd cost, DateOnly day)
    {
        var month = BudgetPeriod.Month.StartOf(day);
        if (month > UsedMonth)
            (Used, UsedMonth) = (cost, month);
        else if (month == UsedMonth)
            Used += cost;
    }

    public static void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("user_credits", table =>
        {
            table.HasCheckConstraint("ck_user_credits_pending", "pending >= 0 AND open_holds >= 0");
            table.HasCheckConstraint("ck_user_credits_floor", "floor <= 0");
            table.HasCheckConstraint("ck_user_credits_status", "status BETWEEN 0 AND 2");
        });
        account.HasKey(row => row.AccountId);
        account.Property(row => row.AccountId).ValueGeneratedNever();
        account.Ignore(row => row.Available);
        // A busy account is rewritten hundreds of times a second: the free half of a page keeps its versions together.
        account.HasStorageParameter("fillfactor", 50);
    }
}

internal enum AccountStatus : short
{
    Active = 0,

    /// <summary>Owes money, for example after a refund: what runs may end, nothing new begins.</summary>
    Restricted = 1,

    /// <summary>Stopped by a dispute or by an administrator.</summary>
    Frozen = 2,
}

/// <summary>The other side of every customer's entry. These keep no running balance: theirs is the sum of the entries.</summary>
internal static class SystemAccounts
{
    public static readonly Guid StripeClearing = Number(1);
    public static readonly Guid Revenue = Number(2);
    public static readonly Guid Promo = Number(3);
    public static readonly Guid Refunds = Number(4);
    public static readonly Guid Disputes = Number(5);
    public static readonly Guid Writeoff = Number(6);

    public static bool Contain(Guid accountId) => accountId.CompareTo(Number(0)) >= 0 && accountId.CompareTo(Number(byte.MaxValue)) <= 0;

    public static Guid OppositeOf(EntryKind kind) => kind switch
    {
        EntryKind.Purchase => StripeClearing,
        EntryKind.Grant or EntryKind.Expiry => Promo,
        EntryKind.Refund => Refunds,
        EntryKind.Dispute => Disputes,
        EntryKind.Adjustment or EntryKind.Writeoff or EntryKind.WriteoffCorrection => Writeoff,
        EntryKind.Charge or EntryKind.Recovery or EntryKind.Correction => Revenue,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No system account stands opposite."),
    };

    private static Guid Number(byte number) => new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, number);
}
