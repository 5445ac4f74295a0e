using System.Net;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Doors;

/// <summary>The Router over HTTP: snapshots by long poll, outcomes by post.</summary>
internal sealed class HttpRouterFeed(IServiceProvider services) : IRouterFeed
{
    public async Task<RouteSnapshot?> NextSnapshotAsync(long after, CancellationToken ct)
    {
        using var response = await Client.GetAsync($"{InternalPaths.Snapshot}?after={after}", ct);
        response.EnsureSuccessStatusCode();
        return response.StatusCode is HttpStatusCode.NoContent
            ? null
            : await response.Content.ReadFromJsonAsync<RouteSnapshot>(ContractsJson.Strict, ct);
    }

    public async Task ReportAsync(OutcomeBatch outcomes, CancellationToken ct)
    {
        using var response = await Client.PostAsJsonAsync(InternalPaths.Outcomes, outcomes, ContractsJson.Strict, ct);
        response.EnsureSuccessStatusCode();
    }

    private HttpClient Client => services.GetRequiredService<RouterDoor>().Client;
}

/// <summary>The client that knocks at the Router.</summary>
internal sealed class RouterDoor(HttpClient client)
{
    public HttpClient Client { get; } = client;
}
