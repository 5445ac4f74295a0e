using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>
/// The Router as the Gateway sees it: what is true about models, in versions, and where outcomes go. Two implementations:
/// in process (Standalone) and over HTTP.
/// </summary>
public interface IRouterFeed
{
    /// <summary>
    /// The newest snapshot with a version above <paramref name="after"/>; waits for one up to half a minute and answers null
    /// when none came.
    /// </summary>
    Task<RouteSnapshot?> NextSnapshotAsync(long after, CancellationToken ct);

    /// <summary>Tells the Router how calls to providers went, in batches. At most once: health is statistics, not money.</summary>
    Task ReportAsync(OutcomeBatch outcomes, CancellationToken ct);
}

/// <summary>One immutable, versioned picture of everything that routing needs to know.</summary>
/// <param name="Version">Grows with every change; also the version of the prices in it.</param>
/// <param name="PublishedAt">When the Router made it.</param>
/// <param name="Offers">Models as providers offer them.</param>
/// <param name="Levels">The three power levels.</param>
/// <param name="Health">The state of each upstream that has been seen.</param>
public sealed record RouteSnapshot(
    long Version,
    DateTimeOffset PublishedAt,
    IReadOnlyList<Offer> Offers,
    IReadOnlyList<PowerLevelPolicy> Levels,
    IReadOnlyList<UpstreamHealth> Health);

/// <summary>A model as one provider offers it.</summary>
/// <param name="Id">Unique, <c>provider/model</c>, as callers name it: <c>groq/llama-3.3-70b</c>.</param>
/// <param name="Model">The model itself, whoever serves it: <c>llama-3.3-70b</c>.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="Provider">One of the nine: local, groq, huggingface, together, fireworks, deepinfra, openrouter, anthropic, openai.</param>
/// <param name="Upstream">Which server of the provider: equal to the provider, except <c>vllm</c> and <c>ollama</c> for local.</param>
/// <param name="UpstreamModel">The name to send to the provider.</param>
/// <param name="Aliases">Other names that callers may use.</param>
/// <param name="Tier">The lowest tier that may use it.</param>
/// <param name="Prices">What the provider charges.</param>
/// <param name="PriceSource">Where the prices come from and of which date, for people.</param>
/// <param name="ContextWindow">Tokens, prompt and answer together.</param>
/// <param name="MaxOutput">The most tokens one answer can have.</param>
/// <param name="Capabilities">What it can do beyond text.</param>
/// <param name="Privacy">What may become of the prompt.</param>
/// <param name="Automatic">False: only when asked for by name (old models kept for those who know them).</param>
/// <param name="TypicalFirstTokenMs">Until measured: the usual time to the first token.</param>
/// <param name="TypicalTokensPerSecond">Until measured: the usual speed after it.</param>
/// <param name="Quality">For each task, the expected quality in [0, 1].</param>
public sealed record Offer(
    string Id,
    string Model,
    string DisplayName,
    string Provider,
    string Upstream,
    string UpstreamModel,
    IReadOnlyList<string> Aliases,
    Tier Tier,
    TokenPrices Prices,
    string PriceSource,
    int ContextWindow,
    int MaxOutput,
    ModelCapabilities Capabilities,
    PrivacyClass Privacy,
    bool Automatic,
    int TypicalFirstTokenMs,
    int TypicalTokensPerSecond,
    IReadOnlyDictionary<string, double> Quality);

[JsonConverter(typeof(JsonStringEnumConverter<Tier>))]
public enum Tier
{
    Free = 0,
    Starter = 1,
    Professional = 2,
    Enterprise = 3,
}

[JsonConverter(typeof(JsonStringEnumConverter<PowerLevel>))]
public enum PowerLevel
{
    Eco = 0,
    Balanced = 1,
    Precision = 2,
}

/// <summary>The eight kinds of work that routing tells apart.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TaskKind>))]
public enum TaskKind
{
    Chat = 0,
    Code = 1,
    Rag = 2,
    Creative = 3,
    Analysis = 4,
    Translation = 5,
    Summarization = 6,
    Reasoning = 7,
}

[Flags]
[JsonConverter(typeof(JsonStringEnumConverter<ModelCapabilities>))]
public enum ModelCapabilities
{
    None = 0,
    Tools = 1,
    Vision = 2,
    JsonSchema = 4,
    Reasoning = 8,
    PromptCache = 16,
    Embeddings = 32,
    Chat = 64,
}

/// <summary>Ordered from the most private: a request that asks for one class accepts it and those before it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PrivacyClass>))]
public enum PrivacyClass
{
    /// <summary>Runs on machines of the operator.</summary>
    Local = 0,

    /// <summary>Leaves the house, but is not trained on.</summary>
    NoTrain = 1,

    /// <summary>No promise.</summary>
    Any = 2,
}

/// <summary>What a power level means, in one place.</summary>
/// <param name="Level">Which.</param>
/// <param name="Name">For people.</param>
/// <param name="Reference">The price of a typical request, as the specification states it; also the cap of an automatic choice's expected cost.</param>
/// <param name="QualityGap">Offers within this distance of the best eligible one pass the gate.</param>
/// <param name="QualityWeight">Weight of quality among those that pass.</param>
/// <param name="CostWeight">Weight of cost.</param>
/// <param name="LatencyWeight">Weight of speed.</param>
public sealed record PowerLevelPolicy(
    PowerLevel Level,
    string Name,
    NanoUsd Reference,
    double QualityGap,
    double QualityWeight,
    double CostWeight,
    double LatencyWeight);

[JsonConverter(typeof(JsonStringEnumConverter<HealthState>))]
public enum HealthState
{
    Unknown = 0,
    Healthy = 1,
    Slow = 2,
    Down = 3,
    Paused = 4,
}

/// <summary>How one upstream has been doing, over all gateways.</summary>
public sealed record UpstreamHealth(
    string Upstream,
    HealthState State,
    DateTimeOffset? OpenUntil,
    int? FirstTokenP50Ms,
    int? FirstTokenP95Ms,
    double? Uptime5m,
    string? LastFailure,
    DateTimeOffset CheckedAt);

/// <summary>How one call to a provider went.</summary>
public sealed record Outcome(
    string Upstream,
    string OfferId,
    DateTimeOffset At,
    int Status,
    string? Failure,
    int? FirstTokenMs,
    int DurationMs,
    long OutputTokens);

public sealed record OutcomeBatch(string Gateway, IReadOnlyList<Outcome> Outcomes);
