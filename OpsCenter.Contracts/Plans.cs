namespace OpsCenter.Contracts;

/// <summary>What each tier may do and pays, as the operator has set it.</summary>
public interface IPlans
{
    /// <summary>The newest version of each plan.</summary>
    Task<IReadOnlyList<Plan>> GetPlansAsync(CancellationToken ct);

    /// <summary>Makes the next version of a plan. What is running keeps the version that admitted it.</summary>
    Task<Plan> SetPlanAsync(PlanTerms terms, CancellationToken ct);
}

/// <param name="Tier">Which plan.</param>
/// <param name="RequestsPerMinute">Requests that may begin in a minute.</param>
/// <param name="TokensPerMinute">Tokens in a minute.</param>
/// <param name="Parallel">Requests at once.</param>
/// <param name="MonthlyCap">The most that a month may cost; zero leaves it to the balance.</param>
/// <param name="MarkupBasisPoints">Added to the provider's price; 100 are 1 %. Negative is a discount.</param>
/// <param name="MaxOpenHolds">Requests that may hold credit at once: a fuse, far above <paramref name="Parallel"/>.</param>
/// <param name="Models">The models it may use, as <c>openai/*</c> or <c>openai/gpt-5</c>; empty: those of its tier.</param>
public sealed record PlanTerms(
    Tier Tier,
    int RequestsPerMinute,
    int TokensPerMinute,
    int Parallel,
    NanoUsd MonthlyCap,
    int MarkupBasisPoints,
    int MaxOpenHolds,
    IReadOnlyList<string> Models)
{
    /// <summary>Whether the plan includes the model with this id (<c>provider/model</c>).</summary>
    public bool Includes(string modelId) => Models.Count == 0 || Models.Any(pattern => pattern.EndsWith('*')
        ? modelId.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase)
        : modelId.Equals(pattern, StringComparison.OrdinalIgnoreCase));
}

/// <param name="Version">Counts the edits of the tier's plan from 1.</param>
/// <param name="Terms">What it says.</param>
/// <param name="CreatedAt">Since when.</param>
public sealed record Plan(int Version, PlanTerms Terms, DateTimeOffset CreatedAt);

public sealed record PlanList(IReadOnlyList<Plan> Data);
