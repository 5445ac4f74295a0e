using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Gateway.Routes;

/// <summary>What the router would do with a request, without sending it anywhere.</summary>
internal static class RouteApi
{
    public static void MapRoutes(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1/llm").WithTags("Routing").RequireAuthorization(CallerAuthentication.Policy);
        api.MapPost("/route", ExplainAsync);
        api.MapGet("/power-levels", Levels);
    }

    private static async Task ExplainAsync(
        HttpContext http, CatalogFeed catalog, UpstreamDirectory upstreams, IOptions<ChatOptions> options, TimeProvider time)
    {
        ChatRun.Identify(http, time);
        var (body, unreadable) = await ChatBody.ReadAsync(http.Request, options.Value.MaxBodyMiB * 1024 * 1024, http.RequestAborted);
        if (body is null)
        {
            await unreadable!.WriteAsync(http);
            return;
        }

        using (body)
        {
            var (answer, error) = Explain(http, body, catalog.Current, upstreams, time);
            if (error is not null)
                await error.WriteAsync(http);
            else
                await http.Response.WriteAsJsonAsync(answer!, ContractsJson.Strict, http.RequestAborted);
        }
    }

    private static (RouteExplanation? Answer, OpenAiError? Error) Explain(
        HttpContext http, ChatBody body, Catalog catalog, UpstreamDirectory upstreams, TimeProvider time)
    {
        try
        {
            var query = RouteQueries.Of(
                ChatFacts.Read(body.Json), http.Request.Headers["X-Power-Level"], Caller.Of(http).Tier, upstreams.Ready);
            var plan = RoutePlanner.Plan(query, catalog, time.GetUtcNow());
            return plan.Refusal is { Code: "model_not_found" } unknown
                ? (null, RouteQueries.Error(unknown, query.Model, catalog))
                : (plan.Explain(), null);
        }
        catch (ChatRequestException fault)
        {
            return (null, OpenAiError.Invalid(fault.Message, fault.Param, fault.Code));
        }
    }

    private static Ok<LevelList> Levels(Caller caller, CatalogFeed catalog, UpstreamDirectory upstreams)
    {
        var offers = catalog.Current.Snapshot.Offers;
        var allowed = offers.Count(offer => offer.Automatic && offer.Tier <= caller.Tier && upstreams.Ready.Contains(offer.Upstream));
        return TypedResults.Ok(new LevelList(
            "list",
            [.. catalog.Current.Snapshot.Levels.Select(level => new LevelAnswer(
                level.Level.Word(), level.Name, level.Reference.ToString(), Typical: null, allowed))]));
    }

    private sealed record LevelList(string Object, IReadOnlyList<LevelAnswer> Data);

    /// <param name="Level">As requests name it.</param>
    /// <param name="Name">For people.</param>
    /// <param name="Reference">The price of a typical request in USD, as configured.</param>
    /// <param name="Typical">The median of the caller's own requests; null until there are enough.</param>
    /// <param name="AllowedModels">How many models it chooses from.</param>
    private sealed record LevelAnswer(string Level, string Name, string Reference, string? Typical, int AllowedModels);
}
