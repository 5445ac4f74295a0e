using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;

namespace OpsCenter.Router.Catalog;

internal static class SnapshotApi
{
    public static void MapSnapshot(this IEndpointRouteBuilder routes) => routes.MapGet(InternalPaths.Snapshot, NextAsync);

    private static async Task<Results<JsonHttpResult<RouteSnapshot>, NoContent>> NextAsync(
        SnapshotPublisher publisher, CancellationToken ct, long after = 0) =>
        await publisher.NextSnapshotAsync(after, ct) is { } snapshot
            ? TypedResults.Json(snapshot, ContractsJson.Strict)
            : TypedResults.NoContent();
}
