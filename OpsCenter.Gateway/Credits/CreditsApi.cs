using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Credits;

/// <summary>The caller's own money, as the ledger has it.</summary>
internal static class CreditsApi
{
    private const int DefaultPage = 50;
    private const int MaxPage = 200;

    public static void MapCreditsApi(this IEndpointRouteBuilder routes)
    {
        var credits = routes.MapGroup("/api/v1/credits").WithTags("Credits").RequireAuthorization(CallerAuthentication.Policy);
        credits.MapGet("/balance", BalanceAsync);
        credits.MapGet("/transactions", TransactionsAsync);
        routes.MapGet("/v1/credits", BalanceAsync).WithTags("Credits").RequireAuthorization(CallerAuthentication.Policy);
    }

    private static async Task<IResult> BalanceAsync(Caller caller, ICredits ledger, CancellationToken ct)
    {
        try
        {
            var balance = await ledger.GetBalanceAsync(caller.AccountId, ct)
                ?? new Balance(caller.AccountId, NanoUsd.Zero, NanoUsd.Zero, NanoUsd.Zero, NanoUsd.Zero);
            return TypedResults.Ok(new BalanceAnswer(
                "USD",
                balance.Posted.ToFixed(),
                balance.Held.ToFixed(),
                balance.Available.ToFixed(),
                new MonthAnswer(balance.UsedThisMonth.ToFixed())));
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    private static async Task<IResult> TransactionsAsync(
        Caller caller, ICredits ledger, CancellationToken ct, long? after = null, int limit = DefaultPage)
    {
        if (limit is < 1 or > MaxPage)
            return OpenAiError.Invalid($"limit must be between 1 and {MaxPage}.", "limit").ToResult();
        try
        {
            var page = await ledger.GetTransactionsAsync(caller.AccountId, after, limit, ct);
            return TypedResults.Ok(new
            {
                @object = "list",
                data = page.Data,
                has_more = page.HasMore,
                first_id = page.Data is [var first, ..] ? first.Number : (long?)null,
                last_id = page.Data is [.., var last] ? last.Number : (long?)null,
            });
        }
        catch (CreditsUnavailableException)
        {
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    private sealed record BalanceAnswer(string Currency, string Balance, string Held, string Available, MonthAnswer Monthly);

    private sealed record MonthAnswer(string Used);
}
