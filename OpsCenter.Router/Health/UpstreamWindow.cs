using OpsCenter.Contracts;

namespace OpsCenter.Router.Health;

/// <summary>
/// What calls to one upstream have been like lately. Only its own faults count against it: a request that the provider found
/// wrong, a key it refused and a caller who hung up say nothing about its health, and a rate limit is a limit, not a fault.
/// </summary>
internal sealed class UpstreamWindow(string upstream, RouterOptions options)
{
    private const int MostSamples = 512;

    /// <summary>Fewer answers than this say nothing about speed.</summary>
    private const int FewestForSpeed = 5;

    private readonly Queue<Sample> _samples = new();
    private readonly TimeSpan _window = TimeSpan.FromSeconds(options.HealthWindowSeconds);
    private readonly TimeSpan _cooldown = TimeSpan.FromSeconds(options.CooldownSeconds);
    private int _failuresInRow;
    private DateTimeOffset? _openUntil;
    private string? _lastFailure;

    public void Record(Outcome outcome, DateTimeOffset now)
    {
        if (Classify(outcome) is not { } succeeded)
            return;

        // A gateway's clock may run ahead of ours.
        var at = outcome.At < now ? outcome.At : now;
        if (_samples.Count == MostSamples)
            _samples.Dequeue();
        _samples.Enqueue(new Sample(at, succeeded, outcome.FirstTokenMs));
        if (succeeded)
        {
            _failuresInRow = 0;
            _openUntil = null;
            return;
        }

        _failuresInRow++;
        _lastFailure = outcome.Failure ?? $"status {outcome.Status}";
        if (_failuresInRow > options.AllowedFailures)
            _openUntil = now + _cooldown;
    }

    public UpstreamHealth State(DateTimeOffset now)
    {
        while (_samples.TryPeek(out var oldest) && oldest.At <= now - _window)
            _samples.Dequeue();

        var answered = _samples.Count(sample => sample.Succeeded);
        var firstTokens = _samples.Where(sample => sample is { Succeeded: true, FirstTokenMs: not null })
            .Select(sample => sample.FirstTokenMs!.Value)
            .Order()
            .ToArray();
        var p95 = Percentile(firstTokens, 0.95);
        var isDown = _failuresInRow > options.AllowedFailures;
        var state = isDown ? HealthState.Down
            : _samples.Count == 0 ? HealthState.Unknown
            : firstTokens.Length >= FewestForSpeed && p95 > options.SlowFirstTokenMs ? HealthState.Slow
            : HealthState.Healthy;
        return new UpstreamHealth(
            upstream,
            state,
            isDown ? _openUntil : null,
            Percentile(firstTokens, 0.5),
            p95,
            _samples.Count == 0 ? null : Math.Round((double)answered / _samples.Count, 4),
            _lastFailure,
            now);
    }

    /// <summary>True: it did its part. False: it failed. Null: nothing was learnt.</summary>
    private static bool? Classify(Outcome outcome) => outcome.Status switch
    {
        >= 200 and < 300 => outcome.Failure is null,
        StatusCodes.Status408RequestTimeout => false,
        >= 300 and < 500 => null,
        _ => false,
    };

    private static int? Percentile(int[] ordered, double share) =>
        ordered.Length == 0 ? null : ordered[(int)Math.Ceiling(share * ordered.Length) - 1];

    private readonly record struct Sample(DateTimeOffset At, bool Succeeded, int? FirstTokenMs);
}
