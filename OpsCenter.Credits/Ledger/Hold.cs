using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>Credit set aside for one request while it runs. Its id is the request's.</summary>
internal sealed class Hold
{
    public required Guid Id { get; init; }

    public required Guid AccountId { get; init; }

    public Guid? KeyId { get; init; }

    public Guid? UserId { get; init; }

    /// <summary>The UTC day of the reservation. Whatever the request is charged, and whenever, counts in the periods of this day.</summary>
    public required DateOnly Day { get; init; }

    /// <summary>The month cap of the plan that admitted it, which its extensions go by; zero for none.</summary>
    public NanoUsd MonthCap { get; init; }

    /// <summary>What was asked for at first, by which a repeated reservation is recognised.</summary>
    public required NanoUsd Initial { get; init; }

    /// <summary>What is set aside now, extensions included.</summary>
    public required NanoUsd Amount { get; set; }

    /// <summary>The cost seen so far: what is charged should the request be lost.</summary>
    public NanoUsd Observed { get; set; }

    /// <summary>What of a recovery was written off, until the settlement corrects it.</summary>
    public NanoUsd WrittenOff { get; set; }

    public HoldState State { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The field in which <paramref name="reserve"/> differs from the reservation that opened this hold, or null.</summary>
    public string? DifferenceFrom(Reserve reserve)
    {
        if (AccountId != reserve.AccountId)
            return LedgerFields.AccountId;
        if (KeyId != reserve.KeyId)
            return LedgerFields.KeyId;
        if (UserId != reserve.UserId)
            return LedgerFields.UserId;
        return Initial != reserve.Amount ? LedgerFields.Amount : null;
    }

    public static void Configure(EntityTypeBuilder<Hold> hold)
    {
        hold.ToTable("credit_reservations", table =>
        {
            table.HasCheckConstraint("ck_credit_reservations_amounts", "initial >= 0 AND amount >= initial AND observed >= 0");
            table.HasCheckConstraint("ck_credit_reservations_state", "state BETWEEN 0 AND 3");
        });
        hold.HasKey(row => row.Id);
        hold.Property(row => row.Id).ValueGeneratedNever();
        hold.HasIndex(row => row.ExpiresAt).HasFilter("state = 0");
        hold.HasStorageParameter("fillfactor", 70);
    }
}

internal enum HoldState : short
{
    Open = 0,
    Settled = 1,

    /// <summary>Its lease ran out: charged what was observed, the rest given back.</summary>
    Recovered = 2,

    Released = 3,
}
