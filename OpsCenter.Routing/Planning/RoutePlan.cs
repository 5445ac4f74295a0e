using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Routing.Planning;

/// <summary>An ordered chain of offers, or the constraint that emptied it.</summary>
public sealed class RoutePlan
{
    /// <summary>Best first. Every one meets every constraint.</summary>
    public required IReadOnlyList<Offer> Chain { get; init; }

    /// <summary>Null when the chain has offers; else with one of the <see cref="RefusalCodes"/>.</summary>
    public RouteRefusal? Refusal { get; init; }

    public required PowerLevel Level { get; init; }

    public required TaskReading Task { get; init; }

    /// <summary>One sentence for people.</summary>
    public required string Reason { get; init; }

    /// <summary>Expected output tokens, for estimates.</summary>
    public required int ExpectedOutputTokens { get; init; }

    /// <summary>What was asked; a plan that was not made by the planner has none and explains only its chain.</summary>
    internal RouteCase? Case { get; init; }

    /// <summary>Every candidate with its score or its reason. Worked out again when asked, so that routing does not pay for it.</summary>
    public RouteExplanation Explain() => RouteExplainer.Explain(this);
}

/// <summary>All that a plan was made from, which is all that its explanation needs.</summary>
internal sealed record RouteCase(RouteQuery Query, Catalog Catalog, DateTimeOffset Moment);
