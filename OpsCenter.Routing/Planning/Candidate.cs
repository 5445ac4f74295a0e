using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Routing.Planning;

/// <summary>An offer with what a decision asks of it, looked up once per snapshot.</summary>
internal sealed class Candidate
{
    /// <summary>How much of what it lacks to perfection a model loses on the hardest request.</summary>
    private const double HardnessPenalty = 0.25;

    /// <summary>
    /// Below this a reading is a guess: the model that is best on average serves it, because what routes by guesses loses to
    /// always asking that one.
    /// </summary>
    private const double LeastConfidence = 0.4;

    /// <summary>A slow upstream answers as if it took this much longer.</summary>
    private const double SlowFactor = 2;

    /// <summary>Below these bounds a price times a count, and the sum of two, stay in 64 bits.</summary>
    private const long PlainPrice = 1L << 38;

    private const int PlainTokens = 1 << 23;

    private readonly double[] _quality;
    private readonly double _meanQuality;
    private readonly bool _hasPlainPrices;
    private readonly double _firstTokenMs;
    private readonly double _msPerToken;

    public Candidate(Offer offer, int upstream, int provider, UpstreamHealth? health)
    {
        Offer = offer;
        Upstream = upstream;
        Provider = provider;
        var tasks = Enum.GetValues<TaskKind>();
        _quality = [.. tasks.Select(task => offer.Quality.GetValueOrDefault(task.WireName()))];
        _meanQuality = _quality.Average();
        _hasPlainPrices = offer.Prices is { Input: <= PlainPrice, Output: <= PlainPrice, PerRequest.Value: 0 };
        var slow = health?.State is HealthState.Slow ? SlowFactor : 1;
        _firstTokenMs = (health?.FirstTokenP50Ms ?? offer.TypicalFirstTokenMs) * slow;
        _msPerToken = 1_000.0 * slow / Math.Max(offer.TypicalTokensPerSecond, 1);
    }

    public Offer Offer { get; }

    /// <summary>Where the catalogue lists its upstream.</summary>
    public int Upstream { get; }

    /// <summary>Where the catalogue lists its provider.</summary>
    public int Provider { get; }

    /// <summary>
    /// Expected quality: at each task as likely as it is, on average as far as that is not known; less for hard requests,
    /// which cost a weak model more than a strong one.
    /// </summary>
    public double Quality(in TaskReading task)
    {
        var quality = _meanQuality;
        if (task.Confidence >= LeastConfidence)
        {
            var rest = Math.Max(0, 1 - task.Confidence - task.Second.Share - task.Third.Share);
            quality = task.Confidence * _quality[(int)task.Task]
                + task.Second.Share * _quality[(int)task.Second.Task]
                + task.Third.Share * _quality[(int)task.Third.Task]
                + rest * _meanQuality;
        }

        return quality - HardnessPenalty * task.Complexity * (1 - quality);
    }

    /// <summary>Expected price; exactly <see cref="TokenPrices.Cost"/>, without 128-bit arithmetic where none is needed.</summary>
    public NanoUsd Cost(int input, int output)
    {
        output = Math.Min(output, Offer.MaxOutput);
        if (!_hasPlainPrices || input > PlainTokens || output > PlainTokens)
            return Offer.Prices.Cost(new TokenCounts(input, output));
        var pico = input * Offer.Prices.Input + output * Offer.Prices.Output;
        return new NanoUsd((pico + 999) / 1_000);
    }

    public double LatencyMs(int output) => _firstTokenMs + _msPerToken * Math.Min(output, Offer.MaxOutput);
}
