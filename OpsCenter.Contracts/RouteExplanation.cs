namespace OpsCenter.Contracts;

/// <summary>
/// A question to the router without a call to a model: an OpenAI chat body (<c>messages</c>, <c>tools</c>, <c>response_format</c>,
/// <c>max_tokens</c>, <c>model</c>, <c>power_level</c>) as raw JSON, for an account of this tier.
/// </summary>
public sealed record RouteRequest(System.Text.Json.JsonElement Body, Tier Tier = Tier.Enterprise);

/// <summary>What the router would do, and why. The same record is kept with every request that is served.</summary>
public sealed record RouteExplanation(
    string Task,
    double Confidence,
    double Complexity,
    string PowerLevel,
    RouteEstimate Estimated,
    RouteChoice? Chosen,
    IReadOnlyList<RouteCandidate> Candidates,
    IReadOnlyList<string> Fallbacks,
    string Reason,
    long ConfigVersion);

public sealed record RouteEstimate(int InputTokens, int OutputTokens, NanoUsd Cost);

public sealed record RouteChoice(string Provider, string Model, string Id);

/// <summary>One offer as the router saw it: a score with its parts, or the reason it was left out.</summary>
/// <param name="Provider">The provider.</param>
/// <param name="Model">The model.</param>
/// <param name="Id">The offer.</param>
/// <param name="Eligible">Whether it met every constraint.</param>
/// <param name="Score">Utility in [0, 1]; null when not eligible.</param>
/// <param name="Parts">The weighted shares of quality, cost and latency in the score.</param>
/// <param name="Cost">Expected price of this request.</param>
/// <param name="Reason">Reason code of the constraint it failed; else null.</param>
/// <param name="Needs">What would lift the constraint, such as a tier; else null.</param>
public sealed record RouteCandidate(
    string Provider,
    string Model,
    string Id,
    bool Eligible,
    double? Score,
    RouteScoreParts? Parts,
    NanoUsd Cost,
    string? Reason,
    string? Needs);

public sealed record RouteScoreParts(double Quality, double Cost, double Latency);
