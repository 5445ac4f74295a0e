using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;

namespace OpsCenter.Router.Health;

internal static class OutcomesApi
{
    public static void MapOutcomes(this IEndpointRouteBuilder routes) => routes.MapPost(InternalPaths.Outcomes, RecordAsync);

    private static async Task<Results<Accepted, ProblemHttpResult>> RecordAsync(
        HttpRequest request, HealthBoard health, CancellationToken ct)
    {
        OutcomeBatch? batch;
        try
        {
            batch = await JsonSerializer.DeserializeAsync<OutcomeBatch>(request.Body, ContractsJson.Strict, ct);
        }
        catch (JsonException fault)
        {
            return TypedResults.Problem(fault.Message, statusCode: StatusCodes.Status400BadRequest);
        }

        if (batch is null)
            return TypedResults.Problem("The body is null; a batch of outcomes is expected.", statusCode: StatusCodes.Status400BadRequest);
        health.Record(batch.Outcomes);
        return TypedResults.Accepted((string?)null);
    }
}
