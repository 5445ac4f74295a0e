using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Credits.Plans;

namespace OpsCenter.Credits.Ledger;

/// <summary>The ledger's internal doors. They state no policy, so the fallback policy keeps them for services.</summary>
internal static class LedgerApi
{
    private const int LongestPage = 200;
    private const string RetryAfterSeconds = "1";

    private static readonly JsonTypeInfo<LedgerBatch> BatchType =
        (JsonTypeInfo<LedgerBatch>)ContractsJson.Strict.GetTypeInfo(typeof(LedgerBatch));

    public static void MapLedger(this IEndpointRouteBuilder routes)
    {
        var doors = routes.MapGroup("").ExcludeFromDescription().AddEndpointFilter(AnswerUnavailableAsync);
        doors.MapPost(InternalPaths.Ledger, ApplyAsync);
        doors.MapGet(InternalPaths.Balance, GetBalanceAsync);
        doors.MapGet(InternalPaths.Transactions, GetTransactionsAsync);
        doors.MapPlans();
        doors.MapBilling();
    }

    private static async Task<Results<JsonHttpResult<LedgerReplies>, ProblemHttpResult>> ApplyAsync(
        HttpRequest request, ICredits credits, CancellationToken ct)
    {
        LedgerBatch? batch;
        try
        {
            batch = await JsonSerializer.DeserializeAsync(request.Body, BatchType, ct);
        }
        catch (JsonException fault)
        {
            return Malformed($"{fault.Path ?? "$"}: {fault.Message}");
        }
        catch (NotSupportedException)
        {
            // What System.Text.Json throws at a command without its "op", as it cannot know which of them was meant.
            return Malformed("$.commands: A command begins with its \"op\".");
        }

        if (batch is null)
            return Malformed("$: The body is a batch of commands.");
        for (var i = 0; i < batch.Commands.Count; i++)
        {
            if (batch.Commands[i] is not { } command)
                return Malformed($"$.commands[{i}]: A command is an object.");
            if (LedgerFields.FirstInvalid(command) is { } field)
                return Malformed($"$.commands[{i}].{field}: The value is out of range.");
        }

        // All at once: commands of one account queue in this order, and those of others need not wait for them.
        var replies = await Task.WhenAll(batch.Commands.Select(command => credits.ApplyAsync(command, ct)));
        return TypedResults.Json(new LedgerReplies(replies), ContractsJson.Strict);
    }

    private static async Task<Results<JsonHttpResult<Balance>, NotFound>> GetBalanceAsync(
        Guid accountId, ICredits credits, CancellationToken ct) =>
        await credits.GetBalanceAsync(accountId, ct) is { } balance
            ? TypedResults.Json(balance, ContractsJson.Strict)
            : TypedResults.NotFound();

    private static async Task<Results<JsonHttpResult<TransactionPage>, ProblemHttpResult>> GetTransactionsAsync(
        Guid accountId, long? after, int? limit, ICredits credits, CancellationToken ct)
    {
        var rows = limit ?? LongestPage;
        return rows is < 1 or > LongestPage
            ? Malformed($"limit: A page has 1 to {LongestPage} rows.")
            : TypedResults.Json(await credits.GetTransactionsAsync(accountId, after, rows, ct), ContractsJson.Strict);
    }

    private static async ValueTask<object?> AnswerUnavailableAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (CreditsUnavailableException unavailable)
        {
            context.HttpContext.Response.Headers.RetryAfter = RetryAfterSeconds;
            return TypedResults.Problem(unavailable.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult Malformed(string detail) => InternalBody.Malformed(detail);
}
