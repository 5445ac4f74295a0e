using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace OpsCenter.Sandbox;

/// <summary>
/// Lago as its API is: batches of a hundred at most, all or nothing, an id known per subscription, members it does not permit
/// dropped. It can be told to be away, and to break after it has taken a batch.
/// </summary>
internal sealed class Lago
{
    public const string MetricCode = "llm_tokens";
    private const int LargestBatch = 100;

    private static readonly string[] Permitted =
        ["transaction_id", "code", "timestamp", "external_subscription_id", "precise_total_amount_cents", "properties"];

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(string Subscription, string Id), JsonObject> _events = new();

    public bool Away { get; set; }

    /// <summary>How many batches are taken and answered 500 all the same.</summary>
    public int BreakAfterCommit { get; set; }

    public IReadOnlyCollection<JsonObject> Events => [.. _events.Values];

    public static void Map(RouteGroupBuilder api)
    {
        api.AddEndpointFilter(async (context, next) =>
        {
            var lago = context.HttpContext.RequestServices.GetRequiredService<Lago>();
            if (lago.Away)
                return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
            return context.HttpContext.Request.Headers.Authorization.ToString().StartsWith("Bearer ", StringComparison.Ordinal)
                ? await next(context)
                : Refuse(StatusCodes.Status401Unauthorized, "Unauthorized", "unauthorized", null);
        });
        api.MapGet("/billable_metrics/{code}", (string code) => code == MetricCode
            ? Results.Text(
                new JsonObject { ["billable_metric"] = new JsonObject { ["code"] = code, ["aggregation_type"] = "sum_agg", ["field_name"] = "tokens" } }.ToJsonString(),
                "application/json")
            : Refuse(StatusCodes.Status404NotFound, "Not Found", "billable_metric_not_found", null));
        api.MapPost("/events/batch", async (HttpRequest request, Lago lago) => lago.Take(await JsonNode.ParseAsync(request.Body)));
    }

    private IResult Take(JsonNode? body)
    {
        if (body?["events"] is not JsonArray { Count: > 0 } events)
            return Refuse(422, "Unprocessable Entity", "no_events", null);
        if (events.Count > LargestBatch)
            return Refuse(422, "Unprocessable Entity", "too_many_events", null);

        lock (_lock)
        {
            var errors = new JsonObject();
            var taken = new Dictionary<(string, string), JsonObject>();
            for (var i = 0; i < events.Count; i++)
            {
                if (Missing(events[i]) is { } missing)
                {
                    errors[$"{i}"] = new JsonObject { [missing] = new JsonArray("value_is_mandatory") };
                    continue;
                }

                var given = events[i]!.AsObject();
                var key = ((string)given["external_subscription_id"]!, (string)given["transaction_id"]!);
                var kept = new JsonObject(given.Where(member => Permitted.Contains(member.Key)).Select(member =>
                    KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
                if (_events.ContainsKey(key) || !taken.TryAdd(key, kept))
                    errors[$"{i}"] = new JsonObject { ["transaction_id"] = new JsonArray("value_already_exist") };
            }

            if (errors.Count > 0)
                return Refuse(422, "Unprocessable Entity", "validation_errors", errors);
            foreach (var (key, kept) in taken)
                _events[key] = kept;
            if (BreakAfterCommit > 0)
            {
                BreakAfterCommit--;
                return Results.StatusCode(StatusCodes.Status500InternalServerError);
            }

            return Results.Text(new JsonObject { ["events"] = new JsonArray([.. taken.Values.Select(kept => kept.DeepClone())]) }.ToJsonString(), "application/json");
        }
    }

    private static string? Missing(JsonNode? given)
    {
        string[] required = ["transaction_id", "external_subscription_id", "code"];
        return Array.Find(required, name =>
            (given as JsonObject)?[name] is not JsonValue value || !value.TryGetValue<string>(out var text) || text.Length == 0);
    }

    private static IResult Refuse(int status, string error, string code, JsonObject? details)
    {
        var body = new JsonObject { ["status"] = status, ["error"] = error, ["code"] = code };
        if (details is not null)
            body["error_details"] = details;
        return Results.Text(body.ToJsonString(), "application/json", statusCode: status);
    }
}
