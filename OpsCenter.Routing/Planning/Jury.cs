using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>Judges all candidates of one case: constraints, then the level's cost cap and quality gate, then utility.</summary>
internal static class Jury
{
    /// <summary>Differences below a thousandth of a cent do not matter; free and nearly free are neighbours.</summary>
    private const double CostFloorNano = 10_000;

    /// <summary>
    /// Quality is full at the best and would be none at this many gaps below it, so that being only just good enough still
    /// counts for something beside a low price.
    /// </summary>
    private const double QualityScale = 2;

    /// <summary>Usual answers in tokens, in the order of <see cref="TaskKind"/>.</summary>
    private static ReadOnlySpan<int> TypicalOutput => [250, 700, 300, 900, 800, 300, 300, 900];

    private const int MaxUpstreams = 64;

    public static int ExpectedOutput(RouteQuery query)
    {
        var typical = TypicalOutput[(int)query.Task.Task] * (0.6 + 0.8 * query.Task.Complexity);
        // A translation is as long as its original.
        if (query.Task.Task is TaskKind.Translation)
            typical = Math.Max(typical, query.InputTokens);
        return (int)Math.Min(typical, query.MaxOutputTokens ?? int.MaxValue);
    }

    public static void Judge(RouteCase routeCase, ReadOnlySpan<Candidate> candidates, bool named, Span<Judgement> judgements)
    {
        var (query, catalog, moment) = routeCase;
        var expectedOutput = ExpectedOutput(query);
        var upstreams = catalog.UpstreamNames.Length;
        Span<bool> open = upstreams <= MaxUpstreams ? stackalloc bool[upstreams] : new bool[upstreams];
        for (var i = 0; i < upstreams; i++)
            open[i] = query.ReadyUpstreams.Contains(catalog.UpstreamNames[i]) && IsOpen(catalog.UpstreamStates[i], moment);

        for (var i = 0; i < candidates.Length; i++)
        {
            ref var judgement = ref judgements[i];
            var candidate = candidates[i];
            judgement = default;
            judgement.Verdict = Constrain(query, candidate.Offer, expectedOutput, open[candidate.Upstream]);
            judgement.Cost = candidate.Cost(query.InputTokens, expectedOutput).Value;
            if (judgement.Verdict is not Verdict.Eligible)
                continue;
            judgement.Quality = candidate.Quality(query.Task);
            judgement.LatencyMs = candidate.LatencyMs(expectedOutput);
        }

        var policy = catalog.Level(query.Level);
        var affordable = !named && IsAnyAffordable(judgements, policy);
        var best = BestQuality(judgements, affordable ? policy.Reference.Value : long.MaxValue);
        TakeStanding(judgements, policy, best, named, affordable);
        Score(judgements, policy, best, cheapestOnly: !named && !affordable);
    }

    /// <summary>Whether an upstream may be asked now: one that is down is, once its pause has ended.</summary>
    public static bool IsOpen(UpstreamHealth? health, DateTimeOffset moment) => health switch
    {
        null => true,
        { State: HealthState.Paused } => false,
        { OpenUntil: { } until } => until <= moment,
        _ => health.State is not HealthState.Down,
    };

    public static long NeededTokens(RouteQuery query, int expectedOutput) =>
        (long)query.InputTokens + (query.MaxOutputTokens ?? expectedOutput);

    public static ModelCapabilities Missing(RouteQuery query, Offer offer)
    {
        var needs = query.Needs;
        // A model that only embeds cannot answer, whatever else is asked.
        if ((needs & ModelCapabilities.Embeddings) == 0
            && (offer.Capabilities & (ModelCapabilities.Embeddings | ModelCapabilities.Chat)) == ModelCapabilities.Embeddings)
            needs |= ModelCapabilities.Chat;
        return needs & ~offer.Capabilities;
    }

    private static Verdict Constrain(RouteQuery query, Offer offer, int expectedOutput, bool open)
    {
        if (offer.Tier > query.Tier)
            return Verdict.Tier;
        if (Missing(query, offer) != ModelCapabilities.None)
            return Verdict.Capability;
        if (NeededTokens(query, expectedOutput) > offer.ContextWindow || query.MaxOutputTokens > offer.MaxOutput)
            return Verdict.Context;
        if (offer.Privacy > query.Privacy)
            return Verdict.Privacy;
        return open ? Verdict.Eligible : Verdict.Provider;
    }

    private static bool IsAnyAffordable(ReadOnlySpan<Judgement> judgements, PowerLevelPolicy policy)
    {
        foreach (ref readonly var judgement in judgements)
        {
            if (judgement.Verdict is Verdict.Eligible && judgement.Cost <= policy.Reference.Value)
                return true;
        }

        return false;
    }

    private static double BestQuality(ReadOnlySpan<Judgement> judgements, long limit)
    {
        var best = double.NegativeInfinity;
        foreach (ref readonly var judgement in judgements)
        {
            if (judgement.Verdict is Verdict.Eligible && judgement.Cost <= limit)
                best = Math.Max(best, judgement.Quality);
        }

        return best;
    }

    private static void TakeStanding(Span<Judgement> judgements, PowerLevelPolicy policy, double best, bool named, bool affordable)
    {
        foreach (ref var judgement in judgements)
        {
            judgement.Standing = affordable && judgement.Cost > policy.Reference.Value ? Standing.OverReference
                : affordable && !named && judgement.Quality < best - policy.QualityGap ? Standing.BelowGate
                : Standing.Passed;
        }
    }

    /// <summary>
    /// Cost and latency on a logarithmic scale between the least and the most among those that passed; quality by
    /// its distance from the best. Where nothing is affordable, only cost counts: the least over the cap.
    /// </summary>
    private static void Score(Span<Judgement> judgements, PowerLevelPolicy policy, double best, bool cheapestOnly)
    {
        double leastCost = double.MaxValue, mostCost = 0, leastLatency = double.MaxValue, mostLatency = 0;
        foreach (ref readonly var judgement in judgements)
        {
            if (judgement is not { Verdict: Verdict.Eligible, Standing: Standing.Passed })
                continue;
            leastCost = Math.Min(leastCost, judgement.Cost);
            mostCost = Math.Max(mostCost, judgement.Cost);
            leastLatency = Math.Min(leastLatency, judgement.LatencyMs);
            mostLatency = Math.Max(mostLatency, judgement.LatencyMs);
        }

        var cost = new LogScale(leastCost + CostFloorNano, mostCost + CostFloorNano);
        var latency = new LogScale(leastLatency + 1, mostLatency + 1);
        var (qualityWeight, costWeight, latencyWeight) = cheapestOnly
            ? (0, 1, 0)
            : (policy.QualityWeight, policy.CostWeight, policy.LatencyWeight);
        foreach (ref var judgement in judgements)
        {
            if (judgement.Verdict is not Verdict.Eligible)
                continue;
            var gap = policy.QualityGap > 0 ? (best - judgement.Quality) / (policy.QualityGap * QualityScale) : judgement.Quality < best ? 1 : 0;
            judgement.QualityPart = qualityWeight * (1 - Math.Clamp(gap, 0, 1));
            judgement.CostPart = costWeight * (1 - cost.Place(judgement.Cost + CostFloorNano));
            judgement.LatencyPart = latencyWeight * (1 - latency.Place(judgement.LatencyMs + 1));
        }
    }

    private readonly struct LogScale(double least, double most)
    {
        private readonly double _start = Math.Log(least);
        private readonly double _width = Math.Log(most) - Math.Log(least);

        public double Place(double value) => _width > 0 ? Math.Clamp((Math.Log(value) - _start) / _width, 0, 1) : 0;
    }
}
