using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>
/// Orders the offers for one request.
/// <list type="number">
/// <item>Candidates: the offers of the model that was named, or all that may be chosen unasked.</item>
/// <item>Constraints, each with a reason code: tier, capability, context window, privacy, provider.</item>
/// <item>The power level: an expected cost up to its reference, and a quality within its gap of the best.</item>
/// <item>Utility among those: quality, cost and latency in the level's weights. Ties go to the cheaper, then to the id.</item>
/// <item>The chain: at most five, at most two of a provider, and the first alternative from another provider.</item>
/// </list>
/// </summary>
public static class RoutePlanner
{
    public const int MaxHops = 5;
    public const int MaxHopsPerProvider = 2;

    /// <summary>Above this the working space goes to the heap.</summary>
    private const int StackCandidates = 256;

    /// <summary>Pure: the same query, catalogue and moment give the same plan.</summary>
    public static RoutePlan Plan(RouteQuery query, Catalog catalog, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(catalog);
        var routeCase = new RouteCase(query, catalog, now);
        var name = ModelSelector.Parse(query.Model).Name;
        var candidates = name is null ? catalog.Automatic : catalog.Named(name);
        var expectedOutput = Jury.ExpectedOutput(query);

        Span<Judgement> judgements = candidates.Length <= StackCandidates
            ? stackalloc Judgement[candidates.Length]
            : new Judgement[candidates.Length];
        Jury.Judge(routeCase, candidates, named: name is not null, judgements);

        var chain = BuildChain(catalog, candidates, judgements, out var first);
        var refusal = chain.Length == 0 ? Refusals.For(routeCase, name, candidates, judgements) : null;
        return new RoutePlan
        {
            Chain = chain,
            Refusal = refusal,
            Level = query.Level,
            Task = query.Task,
            Reason = refusal?.Message ?? Sentence(query, catalog, name, judgements[first]),
            ExpectedOutputTokens = expectedOutput,
            Case = routeCase,
        };
    }

    private static Offer[] BuildChain(Catalog catalog, Candidate[] candidates, ReadOnlySpan<Judgement> judgements, out int first)
    {
        Span<byte> hopsOf = catalog.ProviderCount <= StackCandidates ? stackalloc byte[catalog.ProviderCount] : new byte[catalog.ProviderCount];
        Span<int> taken = stackalloc int[MaxHops];
        var hops = 0;
        while (hops < MaxHops)
        {
            // The second hop is for when the first provider fails as a whole.
            var avoided = hops == 1 ? candidates[taken[0]].Provider : -1;
            var next = Best(candidates, judgements, taken[..hops], hopsOf, avoided);
            if (next < 0 && hops == 1)
                next = Best(candidates, judgements, taken[..hops], hopsOf, avoided: -1);
            if (next < 0)
                break;
            taken[hops++] = next;
            hopsOf[candidates[next].Provider]++;
        }

        first = taken[0];
        var chain = new Offer[hops];
        for (var hop = 0; hop < hops; hop++)
            chain[hop] = candidates[taken[hop]].Offer;
        return chain;
    }

    private static int Best(
        Candidate[] candidates,
        ReadOnlySpan<Judgement> judgements,
        ReadOnlySpan<int> taken,
        ReadOnlySpan<byte> hopsOf,
        int avoided)
    {
        var best = -1;
        for (var i = 0; i < candidates.Length; i++)
        {
            ref readonly var judgement = ref judgements[i];
            var provider = candidates[i].Provider;
            if (judgement.Verdict is Verdict.Eligible
                && judgement.Standing is not Standing.OverReference
                && provider != avoided
                && hopsOf[provider] < MaxHopsPerProvider
                && !taken.Contains(i)
                && (best < 0 || Compare(candidates[i], judgement, candidates[best], judgements[best]) < 0))
                best = i;
        }

        return best;
    }

    /// <summary>The total order of candidates; negative when <paramref name="a"/> goes first.</summary>
    internal static int Compare(Candidate a, in Judgement ofA, Candidate b, in Judgement ofB)
    {
        // As numbers: an enum's own CompareTo would box both.
        var order = (int)ofA.Standing - (int)ofB.Standing;
        if (order == 0)
            order = ofA.Standing is Standing.BelowGate ? ofB.Quality.CompareTo(ofA.Quality) : ofB.Score.CompareTo(ofA.Score);
        if (order == 0)
            order = ofA.Cost.CompareTo(ofB.Cost);
        return order != 0 ? order : string.CompareOrdinal(a.Offer.Id, b.Offer.Id);
    }

    private static string Sentence(RouteQuery query, Catalog catalog, string? name, in Judgement chosen)
    {
        if (name is not null)
            return $"Asked for by name: {name}.";

        var policy = catalog.Level(query.Level);
        var task = query.Task.Task.WireName();
        var length = query.InputTokens switch
        {
            < 1_000 => "short",
            < 10_000 => "medium",
            _ => "long",
        };
        if (chosen.Cost > policy.Reference.Value)
            return $"Read as {task}, {length}: nothing is expected to cost {policy.Reference} USD or less, so the cheapest healthy model at {policy.Name}.";
        var choice = query.Level switch
        {
            PowerLevel.Eco => "cheapest healthy model that is good enough",
            PowerLevel.Balanced => "best balance of quality, price and speed",
            _ => "strongest healthy model",
        };
        return $"Read as {task}, {length}: {choice} for {task} at {policy.Name}.";
    }
}
