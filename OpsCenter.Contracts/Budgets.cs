using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>How much may be spent, set by people and kept by the ledger.</summary>
public interface IBudgets
{
    /// <summary>The account's budgets with what they have used in their current period.</summary>
    Task<IReadOnlyList<BudgetState>> GetBudgetsAsync(Guid accountId, CancellationToken ct);

    /// <summary>Sets a budget, or changes its cap; what the period has used already counts. False: the ledger does not know the account.</summary>
    Task<bool> SetBudgetAsync(Guid accountId, BudgetLimit limit, CancellationToken ct);

    /// <summary>False: there was none.</summary>
    Task<bool> RemoveBudgetAsync(Guid accountId, BudgetScope scope, Guid scopeId, BudgetPeriod period, CancellationToken ct);
}

/// <summary>Whose spending a budget bounds.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BudgetScope>))]
public enum BudgetScope
{
    Account = 0,
    Key = 1,
    User = 2,
}

/// <summary>A budget begins anew with each day or month, UTC.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BudgetPeriod>))]
public enum BudgetPeriod
{
    Day = 0,
    Month = 1,
}

/// <param name="Scope">Whose spending.</param>
/// <param name="ScopeId">The key or user; for the account, its own id.</param>
/// <param name="Period">How long one cap lasts.</param>
/// <param name="Cap">The most that a period may cost. Zero stops everything that costs.</param>
/// <param name="AlertPercent">At this share of the cap an alert is raised, once a period.</param>
public sealed record BudgetLimit(BudgetScope Scope, Guid ScopeId, BudgetPeriod Period, NanoUsd Cap, int AlertPercent = 80);

/// <param name="Limit">What was set.</param>
/// <param name="Used">What requests that began in the current period were charged.</param>
/// <param name="Held">What those still running hold.</param>
/// <param name="ResetsAt">When the next period begins.</param>
/// <param name="Alerted">Whether the alert of this period has been raised.</param>
public sealed record BudgetState(BudgetLimit Limit, NanoUsd Used, NanoUsd Held, DateTimeOffset ResetsAt, bool Alerted);

public sealed record BudgetList(IReadOnlyList<BudgetState> Data);
