using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Plans;

/// <summary>
/// The plans, a few seconds old at most while Credits answers, and as they were last while it does not: nothing that costs is
/// admitted then anyway, and what costs nothing need not wait for it.
/// </summary>
internal sealed partial class PlanFeed(IPlans plans, TimeProvider time, ILogger<PlanFeed> logger) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Snapshot? _current;

    /// <summary>Null as long as Credits has never answered.</summary>
    public ValueTask<PlanTerms?> OfAsync(Tier tier, CancellationToken ct)
    {
        if (_current is not { } current)
            return ReadFirstAsync(tier, ct);
        if (time.GetElapsedTime(current.ReadAt) > Fresh && _reading.Wait(0, CancellationToken.None))
            _ = RefreshAsync();
        return ValueTask.FromResult<PlanTerms?>(current.Terms[tier]);
    }

    public void Dispose() => _reading.Dispose();

    private async ValueTask<PlanTerms?> ReadFirstAsync(Tier tier, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        if (_current is null)
            await RefreshAsync();
        else
            _reading.Release();
        return _current?.Terms[tier];
    }

    /// <summary>Whoever calls has entered <see cref="_reading"/>; this leaves it.</summary>
    private async Task RefreshAsync()
    {
        try
        {
            var newest = await plans.GetPlansAsync(CancellationToken.None);
            _current = new Snapshot(newest.ToDictionary(plan => plan.Terms.Tier, plan => plan.Terms), time.GetTimestamp());
        }
        catch (CreditsUnavailableException fault)
        {
            LogUnavailable(fault.Message);
            if (_current is { } last)
                _current = last with { ReadAt = time.GetTimestamp() };
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed record Snapshot(IReadOnlyDictionary<Tier, PlanTerms> Terms, long ReadAt);

    [LoggerMessage(1301, LogLevel.Warning, "The plans cannot be read ({Reason}); the last ones hold.")]
    private partial void LogUnavailable(string reason);
}
