using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpsCenter.Contracts;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Gateway.Routes;

/// <summary>
/// The catalogue to decide by: the Router's newest snapshot, compiled, swapped whole. While the Router is away, the last one
/// goes on serving.
/// </summary>
internal sealed partial class CatalogFeed(IRouterFeed router, TimeProvider time, ILogger<CatalogFeed> logger) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private volatile Catalog _current = Catalog.Empty;

    public Catalog Current => _current;

    public bool IsLoaded => _current.Snapshot.Version > 0;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(IsLoaded ? HealthCheckResult.Healthy() : new HealthCheckResult(context.Registration.FailureStatus, "No catalogue yet."));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var away = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var next = await router.NextSnapshotAsync(_current.Snapshot.Version, stoppingToken);
                away = false;
                if (next is null)
                    continue;
                _current = new Catalog(next);
                LogLoaded(next.Version, next.Offers.Count);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is HttpRequestException or OperationCanceledException or System.Text.Json.JsonException or Npgsql.NpgsqlException)
            {
                if (!away)
                    LogAway(fault.Message);
                away = true;
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1201, LogLevel.Information, "Routing by catalogue version {Version} with {Count} offers.")]
    private partial void LogLoaded(long version, int count);

    [LoggerMessage(1202, LogLevel.Warning, "The Router does not answer ({Reason}); deciding by the last catalogue.")]
    private partial void LogAway(string reason);
}
