using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Routing.Planning;

/// <summary>Everything that a decision depends on, beside the catalogue and the moment.</summary>
/// <param name="Model">The caller's model name, with or without a power level in it; null and <c>auto</c> leave the choice to the router.</param>
/// <param name="Level">The power level that holds, wherever it came from.</param>
/// <param name="Tier">The account's tier.</param>
/// <param name="Task">What the request was read as.</param>
/// <param name="InputTokens">Estimated, erring high.</param>
/// <param name="MaxOutputTokens">The caller's limit on the answer, if any.</param>
/// <param name="Needs">What the model must be able to do beyond text.</param>
/// <param name="Privacy">The least private class that the request accepts.</param>
/// <param name="ReadyUpstreams">Upstreams that there is a key or an address for.</param>
public sealed record RouteQuery(
    string? Model,
    PowerLevel Level,
    Tier Tier,
    TaskReading Task,
    int InputTokens,
    int? MaxOutputTokens,
    ModelCapabilities Needs,
    PrivacyClass Privacy,
    IReadOnlySet<string> ReadyUpstreams);
