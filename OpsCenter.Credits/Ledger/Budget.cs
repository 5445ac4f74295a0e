using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>A budget as somebody set it. Keys and users belong to one account, so that account's lock guards them too.</summary>
internal sealed class Limit
{
    public required Guid AccountId { get; init; }

    public required BudgetScope ScopeKind { get; init; }

    public required Guid ScopeId { get; init; }

    public required BudgetPeriod Period { get; init; }

    public required NanoUsd Cap { get; set; }

    public required int AlertPercent { get; set; }

    /// <summary>As a refusal names it: <c>key month</c>.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture, $"{ScopeKind.ToString().ToLowerInvariant()} {Period.ToString().ToLowerInvariant()}");

    public bool Bounds(Guid? keyId, Guid? userId) => ScopeKind switch
    {
        BudgetScope.Account => true,
        BudgetScope.Key => ScopeId == keyId,
        BudgetScope.User => ScopeId == userId,
        _ => false,
    };

    public static void Configure(EntityTypeBuilder<Limit> limit)
    {
        limit.ToTable("credit_limits", table =>
        {
            table.HasCheckConstraint("ck_credit_limits_cap", "cap >= 0");
            table.HasCheckConstraint("ck_credit_limits_alert_percent", "alert_percent BETWEEN 1 AND 100");
        });
        limit.HasKey(row => new { row.AccountId, row.ScopeKind, row.ScopeId, row.Period });
        limit.Property(row => row.ScopeKind).HasConversion<short>();
        limit.Property(row => row.Period).HasConversion<short>();
        limit.Ignore(row => row.Name);
    }
}

/// <summary>What one scope spends in one period. A new period is a new row, so nothing has to be reset at midnight.</summary>
internal sealed class Budget
{
    public required Guid AccountId { get; init; }

    public required BudgetScope ScopeKind { get; init; }

    public required Guid ScopeId { get; init; }

    public required BudgetPeriod Period { get; init; }

    /// <summary>The first day of the period, UTC.</summary>
    public required DateOnly StartsOn { get; init; }

    /// <summary>What the requests that began in the period were charged.</summary>
    public NanoUsd Used { get; set; }

    /// <summary>The sum of the open holds that began in the period.</summary>
    public NanoUsd Pending { get; set; }

    public bool Alerted { get; set; }

    public static void Configure(EntityTypeBuilder<Budget> budget)
    {
        budget.ToTable("credit_budgets", table => table.HasCheckConstraint("ck_credit_budgets_pending", "pending >= 0"));
        budget.HasKey(row => new { row.AccountId, row.ScopeKind, row.ScopeId, row.Period, row.StartsOn });
        budget.Property(row => row.ScopeKind).HasConversion<short>();
        budget.Property(row => row.Period).HasConversion<short>();
        budget.HasStorageParameter("fillfactor", 50);
    }
}

internal static class BudgetPeriods
{
    /// <summary>The first day of the period that <paramref name="day"/> is in.</summary>
    public static DateOnly StartOf(this BudgetPeriod period, DateOnly day) =>
        period is BudgetPeriod.Month ? new DateOnly(day.Year, day.Month, 1) : day;

    public static DateTimeOffset EndOf(this BudgetPeriod period, DateOnly start) => new(
        (period is BudgetPeriod.Month ? start.AddMonths(1) : start.AddDays(1)).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}
