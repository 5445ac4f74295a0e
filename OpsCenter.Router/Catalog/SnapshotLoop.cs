using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using OpsCenter.Router.Health;

namespace OpsCenter.Router.Catalog;

/// <summary>
/// Stores the shipped catalogue, publishes the first snapshot before the process takes requests, and another whenever the
/// health of an upstream changes, at most once a second.
/// </summary>
internal sealed partial class SnapshotLoop(
    IServiceScopeFactory scopes,
    SnapshotPublisher publisher,
    HealthBoard health,
    TimeProvider time,
    ILogger<SnapshotLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var file = CatalogueFile.LoadShipped();
        await using (var scope = scopes.CreateAsyncScope())
        {
            var store = scope.ServiceProvider.GetRequiredService<CatalogueStore>();
            if (await store.UpdateAsync(file, cancellationToken))
                LogUpdated(file.Revision, file.Offers.Count);
        }

        await PublishAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await health.ChangedAsync(stoppingToken);
                await PublishAsync(stoppingToken);
                await Task.Delay(Pace, time, stoppingToken);
            }
            catch (Exception fault) when (fault is NpgsqlException or RetryLimitExceededException or InvalidOperationException { InnerException: NpgsqlException })
            {
                LogPostponed(fault);
                health.MarkChanged();
                await Task.Delay(RetryPause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>
    /// Numbered before it is read: were it the other way round, a replica that read old prices could number them above the new
    /// ones that another has just stored.
    /// </summary>
    private async Task PublishAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var store = scope.ServiceProvider.GetRequiredService<CatalogueStore>();
        var version = await store.NextVersionAsync(ct);
        publisher.Publish(version, await store.LoadAsync(ct));
    }

    [LoggerMessage(2002, LogLevel.Information, "The catalogue is now revision {Revision} with {Offers} offers.")]
    private partial void LogUpdated(int revision, int offers);

    [LoggerMessage(2003, LogLevel.Warning, "A change of health waits to be published: routerdb does not answer.")]
    private partial void LogPostponed(Exception fault);
}
