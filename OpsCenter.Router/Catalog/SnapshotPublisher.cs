using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Router.Health;
using OpsCenter.Routing;
using CompiledCatalog = OpsCenter.Routing.Planning.Catalog;

namespace OpsCenter.Router.Catalog;

/// <summary>
/// The newest snapshot, and those who wait for the next. Publishing swaps it whole and wakes everybody; nobody ever sees a
/// version go back.
/// </summary>
internal sealed partial class SnapshotPublisher(
    HealthBoard health,
    TimeProvider time,
    IOptions<RouterOptions> options,
    ILogger<SnapshotPublisher> logger) : IRouterFeed
{
    private readonly TimeSpan _wait = TimeSpan.FromSeconds(options.Value.SnapshotWaitSeconds);
    private volatile Published _current = new(CompiledCatalog.Empty);

    /// <summary>The newest snapshot, compiled.</summary>
    public CompiledCatalog Current => _current.Catalog;

    public void Publish(long version, IReadOnlyList<Offer> offers)
    {
        var snapshot = new RouteSnapshot(version, time.GetUtcNow(), offers, PowerLevels.Table, health.States());
        var next = new Published(new CompiledCatalog(snapshot));
        while (_current is var before && before.Version < version)
        {
            if (Interlocked.CompareExchange(ref _current, next, before) != before)
                continue;
            before.Replaced.SetResult();
            LogPublished(version, offers.Count, snapshot.Health.Count);
            return;
        }
    }

    public async Task<RouteSnapshot?> NextSnapshotAsync(long after, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var current = _current;
            if (current.Version > after)
                return current.Catalog.Snapshot;
            var left = _wait - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return null;
            try
            {
                await current.Replaced.Task.WaitAsync(left, time, ct);
            }
            catch (TimeoutException)
            {
                return null;
            }
        }
    }

    public Task ReportAsync(OutcomeBatch outcomes, CancellationToken ct)
    {
        health.Record(outcomes.Outcomes);
        return Task.CompletedTask;
    }

    [LoggerMessage(2001, LogLevel.Information, "Snapshot {Version} has {Offers} offers and the health of {Upstreams} upstreams.")]
    private partial void LogPublished(long version, int offers, int upstreams);

    private sealed class Published(CompiledCatalog catalog)
    {
        public CompiledCatalog Catalog { get; } = catalog;

        public long Version => Catalog.Snapshot.Version;

        public TaskCompletionSource Replaced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
