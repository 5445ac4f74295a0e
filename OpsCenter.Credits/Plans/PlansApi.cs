using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Plans;

/// <summary>Plans and budgets behind the internal doors.</summary>
internal static class PlansApi
{
    public static void MapPlans(this IEndpointRouteBuilder doors)
    {
        doors.MapGet(InternalPaths.Plans, async (IPlans plans, CancellationToken ct) =>
            TypedResults.Json(new PlanList(await plans.GetPlansAsync(ct)), ContractsJson.Strict));
        doors.MapPut(InternalPaths.Plans, SetPlanAsync);
        doors.MapGet(InternalPaths.Budgets, async (Guid accountId, IBudgets budgets, CancellationToken ct) =>
            TypedResults.Json(new BudgetList(await budgets.GetBudgetsAsync(accountId, ct)), ContractsJson.Strict));
        doors.MapPut(InternalPaths.Budgets, SetBudgetAsync);
        doors.MapDelete(InternalPaths.Budgets, RemoveBudgetAsync);
    }

    private static async Task<IResult> SetPlanAsync(HttpRequest request, IPlans plans, CancellationToken ct)
    {
        var (terms, problem) = await InternalBody.ReadAsync<PlanTerms>(request, ct);
        if (terms is null)
            return problem!;
        return PlanProblem(terms) is { } wrong
            ? InternalBody.Malformed(wrong)
            : TypedResults.Json(await plans.SetPlanAsync(terms, ct), ContractsJson.Strict);
    }

    private static async Task<IResult> SetBudgetAsync(Guid accountId, HttpRequest request, IBudgets budgets, CancellationToken ct)
    {
        var (limit, problem) = await InternalBody.ReadAsync<BudgetLimit>(request, ct);
        if (limit is null)
            return problem!;
        if (BudgetProblem(accountId, limit) is { } wrong)
            return InternalBody.Malformed(wrong);
        return await budgets.SetBudgetAsync(accountId, limit, ct) ? TypedResults.NoContent() : TypedResults.NotFound();
    }

    private static async Task<Results<NoContent, NotFound>> RemoveBudgetAsync(
        Guid accountId, BudgetScope scope, Guid scopeId, BudgetPeriod period, IBudgets budgets, CancellationToken ct) =>
        await budgets.RemoveBudgetAsync(accountId, scope, scopeId, period, ct) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static string? PlanProblem(PlanTerms terms) => terms switch
    {
        _ when !Enum.IsDefined(terms.Tier) => "tier: There is no such tier.",
        { RequestsPerMinute: < 1 } or { TokensPerMinute: < 1 } or { Parallel: < 1 } or { MaxOpenHolds: < 1 } =>
            "Rates, parallel and max_open_holds are 1 or more.",
        { MonthlyCap.Value: < 0 } => "monthly_cap: A cap is not negative.",
        { MarkupBasisPoints: < -10_000 or > 1_000_000 } => "markup_basis_points: From -10000 (free) to 1000000.",
        _ => null,
    };

    private static string? BudgetProblem(Guid accountId, BudgetLimit limit) => limit switch
    {
        _ when !Enum.IsDefined(limit.Scope) || !Enum.IsDefined(limit.Period) => "There is no such scope or period.",
        { Scope: BudgetScope.Account } when limit.ScopeId != accountId => "scope_id: The account's own id.",
        { Cap.Value: < 0 } => "cap: A cap is not negative.",
        { AlertPercent: < 1 or > 100 } => "alert_percent: From 1 to 100.",
        _ => null,
    };
}
