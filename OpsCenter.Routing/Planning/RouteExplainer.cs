using OpsCenter.Contracts;

namespace OpsCenter.Routing.Planning;

/// <summary>Judges a plan's case once more, and this time writes everything down.</summary>
internal static class RouteExplainer
{
    private const string BelowGate = "below_quality_gap";
    private const string OverReference = "over_reference_cost";

    public static RouteExplanation Explain(RoutePlan plan)
    {
        var candidates = plan.Case is { } routeCase ? Candidates(routeCase) : [];
        var chosen = plan.Chain.Count > 0 ? plan.Chain[0] : null;
        var estimate = new RouteEstimate(
            plan.Case?.Query.InputTokens ?? 0,
            plan.ExpectedOutputTokens,
            candidates.FirstOrDefault(candidate => candidate.Id == chosen?.Id)?.Cost ?? NanoUsd.Zero);
        return new RouteExplanation(
            plan.Task.Task.WireName(),
            plan.Task.Confidence,
            plan.Task.Complexity,
            plan.Level.WireName(),
            estimate,
            chosen is null ? null : new RouteChoice(chosen.Provider, chosen.Model, chosen.Id),
            candidates,
            [.. plan.Chain.Skip(1).Select(offer => offer.Id)],
            plan.Reason,
            plan.Case?.Catalog.Snapshot.Version ?? 0);
    }

    /// <summary>In the order of the planner, those that were left out last.</summary>
    private static List<RouteCandidate> Candidates(RouteCase routeCase)
    {
        var name = ModelSelector.Parse(routeCase.Query.Model).Name;
        var candidates = name is null ? routeCase.Catalog.Automatic : routeCase.Catalog.Named(name);
        var judgements = new Judgement[candidates.Length];
        Jury.Judge(routeCase, candidates, named: name is not null, judgements);

        var order = Enumerable.Range(0, candidates.Length).ToArray();
        Array.Sort(order, (a, b) =>
        {
            var verdict = (int)judgements[a].Verdict - (int)judgements[b].Verdict;
            return verdict != 0 ? verdict : RoutePlanner.Compare(candidates[a], judgements[a], candidates[b], judgements[b]);
        });
        return [.. order.Select(i => Describe(routeCase, candidates[i].Offer, judgements[i]))];
    }

    private static RouteCandidate Describe(RouteCase routeCase, Offer offer, in Judgement judgement)
    {
        var eligible = judgement.Verdict is Verdict.Eligible;
        return new RouteCandidate(
            offer.Provider,
            offer.Model,
            offer.Id,
            eligible,
            eligible ? Round(judgement.Score) : null,
            eligible ? new RouteScoreParts(Round(judgement.QualityPart), Round(judgement.CostPart), Round(judgement.LatencyPart)) : null,
            new NanoUsd(judgement.Cost),
            (eligible, judgement.Standing) switch
            {
                (false, _) => Refusals.Code(judgement.Verdict),
                (_, Standing.BelowGate) => BelowGate,
                (_, Standing.OverReference) => OverReference,
                _ => null,
            },
            eligible ? null : Refusals.Needs(routeCase, offer, judgement.Verdict));
    }

    private static double Round(double share) => Math.Round(share, 4);
}
