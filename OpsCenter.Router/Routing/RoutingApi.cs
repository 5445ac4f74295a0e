using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Routing;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;
using CompiledCatalog = OpsCenter.Routing.Planning.Catalog;

namespace OpsCenter.Router.Routing;

/// <summary>What would become of a request, without sending it. Every upstream counts as ready here: keys are the Gateway's matter.</summary>
internal static class RoutingApi
{
    private const int MostSuggestions = 3;

    public static void MapRoute(this IEndpointRouteBuilder routes) => routes.MapPost(InternalPaths.Route, ExplainAsync);

    private static async Task<Results<JsonHttpResult<RouteExplanation>, ProblemHttpResult>> ExplainAsync(
        HttpRequest request, SnapshotPublisher publisher, TimeProvider time, CancellationToken ct)
    {
        RouteRequest? question;
        try
        {
            question = await JsonSerializer.DeserializeAsync<RouteRequest>(request.Body, ContractsJson.Strict, ct);
        }
        catch (JsonException fault)
        {
            return Problem(StatusCodes.Status400BadRequest, "invalid_request", fault.Message, param: null);
        }

        if (question is null)
            return Problem(StatusCodes.Status400BadRequest, "invalid_request", "The body is null; it needs a body and a tier.", param: null);

        ChatFacts facts;
        try
        {
            facts = ChatFacts.Read(JsonMarshal.GetRawUtf8Value(question.Body).ToArray());
        }
        catch (ChatRequestException fault)
        {
            return Problem(StatusCodes.Status400BadRequest, fault.Code, fault.Message, fault.Param);
        }

        var catalog = publisher.Current;
        var selector = ModelSelector.Parse(facts.Model);
        var plan = RoutePlanner.Plan(
            new RouteQuery(
                selector.Name,
                facts.Level ?? selector.Level ?? PowerLevels.Default,
                question.Tier,
                TaskDetector.Read(facts),
                facts.EstimatedInputTokens,
                facts.MaxOutputTokens,
                facts.Needs,
                PrivacyClass.Any,
                catalog.Upstreams),
            catalog,
            time.GetUtcNow());
        return plan.Refusal is { } refusal
            ? Refuse(refusal, selector, catalog)
            : TypedResults.Json(plan.Explain(), ContractsJson.Strict);
    }

    private static ProblemHttpResult Refuse(RouteRefusal refusal, ModelSelector selector, CompiledCatalog catalog) =>
        Problem(
            refusal.Code switch
            {
                RefusalCodes.ModelNotFound => StatusCodes.Status404NotFound,
                RefusalCodes.TierNotAllowed => StatusCodes.Status403Forbidden,
                RefusalCodes.NoProviderAvailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status400BadRequest,
            },
            refusal.Code,
            refusal.Message,
            refusal.Param,
            refusal.Code == RefusalCodes.ModelNotFound ? catalog.Nearest(selector.Name!, MostSuggestions) : null);

    private static ProblemHttpResult Problem(int status, string code, string message, string? param, IReadOnlyList<string>? didYouMean = null)
    {
        var type = status switch
        {
            StatusCodes.Status403Forbidden => "permission_error",
            StatusCodes.Status503ServiceUnavailable => "server_error",
            _ => "invalid_request_error",
        };
        var extensions = new Dictionary<string, object?> { ["error"] = new { message, type, param, code } };
        if (didYouMean is not null)
            extensions["did_you_mean"] = didYouMean;
        return TypedResults.Problem(message, statusCode: status, type: $"/errors/{code}", extensions: extensions);
    }
}
