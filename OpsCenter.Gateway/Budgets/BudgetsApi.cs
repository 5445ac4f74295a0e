using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Budgets;

/// <summary>The caller's budgets. Anybody of the account sees them; a signed-in admin of it sets them.</summary>
internal static class BudgetsApi
{
    public static void MapBudgets(this IEndpointRouteBuilder routes)
    {
        var budgets = routes.MapGroup("/api/v1/budgets").WithTags("Budgets").RequireAuthorization(CallerAuthentication.Policy);
        budgets.MapGet("", ListAsync);
        budgets.MapPut("/{scope}/{scopeId:guid}/{period}", SetAsync);
        budgets.MapDelete("/{scope}/{scopeId:guid}/{period}", RemoveAsync);
    }

    private static async Task<IResult> ListAsync(Caller caller, IBudgets budgets, CancellationToken ct)
    {
        try
        {
            var known = await budgets.GetBudgetsAsync(caller.AccountId, ct);
            return TypedResults.Ok(new BudgetAnswers("list", [.. known.Select(budget => new BudgetAnswer(
                budget.Limit.Scope.ToString().ToLowerInvariant(),
                budget.Limit.ScopeId,
                budget.Limit.Period.ToString().ToLowerInvariant(),
                budget.Limit.Cap.ToFixed(),
                budget.Used.ToFixed(),
                budget.Held.ToFixed(),
                budget.Limit.AlertPercent,
                budget.Alerted,
                budget.ResetsAt))]));
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    private static async Task<IResult> SetAsync(
        string scope, Guid scopeId, string period, BudgetWish wish, Caller caller, IBudgets budgets, CancellationToken ct)
    {
        if (caller.Role is not Role.Admin)
            return AdminsOnly.ToResult();
        if (Parse(caller, scope, scopeId, period) is not var (kind, length))
            return NotABudget.ToResult();
        if (!NanoUsd.TryParse(wish.Cap, out var cap) || cap < NanoUsd.Zero)
            return OpenAiError.Invalid("cap is an amount in USD of 0 or more, as a string such as \"25\" or \"0.50\".", "cap").ToResult();
        if (wish.AlertPercent is < 1 or > 100)
            return OpenAiError.Invalid("alert_percent is from 1 to 100.", "alert_percent").ToResult();
        try
        {
            return await budgets.SetBudgetAsync(caller.AccountId, new BudgetLimit(kind, scopeId, length, cap, wish.AlertPercent), ct)
                ? TypedResults.NoContent()
                : OpenAiError.Invalid("The account has no credit yet, so there is nothing to bound.").ToResult();
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    private static async Task<IResult> RemoveAsync(
        string scope, Guid scopeId, string period, Caller caller, IBudgets budgets, CancellationToken ct)
    {
        if (caller.Role is not Role.Admin)
            return AdminsOnly.ToResult();
        if (Parse(caller, scope, scopeId, period) is not var (kind, length))
            return NotABudget.ToResult();
        try
        {
            return await budgets.RemoveBudgetAsync(caller.AccountId, kind, scopeId, length, ct) ? TypedResults.NoContent() : NotABudget.ToResult();
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    /// <summary>A budget is found under its account, so another's key or user only bounds what this account never uses.</summary>
    private static (BudgetScope Scope, BudgetPeriod Period)? Parse(Caller caller, string scope, Guid scopeId, string period) =>
        Enum.TryParse<BudgetScope>(scope, ignoreCase: true, out var kind) && Enum.IsDefined(kind)
        && Enum.TryParse<BudgetPeriod>(period, ignoreCase: true, out var length) && Enum.IsDefined(length)
        && (kind is not BudgetScope.Account || scopeId == caller.AccountId)
            ? (kind, length)
            : null;

    private static OpenAiError AdminsOnly { get; } = new(
        403, "admin_required", "permission_error", "Budgets are set by an admin of the account, signed in to the console.");

    private static OpenAiError NotABudget { get; } = new(
        404, "budget_not_found", "invalid_request_error", "There is no such budget. The path is /api/v1/budgets/{account|key|user}/{id}/{day|month}.");

    private sealed record BudgetWish(string Cap, int AlertPercent = 80);

    private sealed record BudgetAnswers(string Object, IReadOnlyList<BudgetAnswer> Data);

    private sealed record BudgetAnswer(
        string Scope, Guid ScopeId, string Period, string Cap, string Used, string Held, int AlertPercent, bool Alerted, DateTimeOffset ResetsAt);
}
