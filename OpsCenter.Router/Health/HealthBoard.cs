using System.Threading.Channels;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;

namespace OpsCenter.Router.Health;

/// <summary>The health of every upstream, as the calls of all gateways tell it. In memory: five minutes later it is history.</summary>
internal sealed partial class HealthBoard(TimeProvider time, IOptions<RouterOptions> options, ILogger<HealthBoard> logger)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, UpstreamWindow> _windows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UpstreamHealth> _known = new(StringComparer.Ordinal);

    // Room for one: many changes between two snapshots are one reason to publish.
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Record(IReadOnlyList<Outcome> outcomes)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            foreach (var outcome in outcomes)
            {
                if (!_windows.TryGetValue(outcome.Upstream, out var window))
                    _windows.Add(outcome.Upstream, window = new UpstreamWindow(outcome.Upstream, options.Value));
                window.Record(outcome, now);
            }

            foreach (var upstream in outcomes.Select(outcome => outcome.Upstream).Distinct(StringComparer.Ordinal))
                Compare(_windows[upstream].State(now));
        }
    }

    public IReadOnlyList<UpstreamHealth> States()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            return [.. _windows.Values.Select(window => window.State(now))];
        }
    }

    /// <summary>Returns when a state has changed since the last time.</summary>
    public async Task ChangedAsync(CancellationToken ct) => await _changes.Reader.ReadAsync(ct);

    public void MarkChanged() => _changes.Writer.TryWrite(true);

    private void Compare(UpstreamHealth state)
    {
        var before = _known.GetValueOrDefault(state.Upstream);
        _known[state.Upstream] = state;
        if (before?.State == state.State && before.OpenUntil == state.OpenUntil)
            return;
        MarkChanged();
        if (before?.State != state.State)
            LogState(state.Upstream, before?.State ?? HealthState.Unknown, state.State, state.LastFailure);
    }

    [LoggerMessage(2101, LogLevel.Information, "{Upstream} was {Before} and is {Now}. Last failure: {Failure}")]
    private partial void LogState(string upstream, HealthState before, HealthState now, string? failure);
}
