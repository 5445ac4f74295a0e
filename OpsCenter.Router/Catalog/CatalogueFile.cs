using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using OpsCenter.Contracts;
using OpsCenter.Routing;

namespace OpsCenter.Router.Catalog;

/// <summary>
/// The shipped catalogue: models, and who offers them at what price. Read strictly and checked whole: a file with one wrong
/// line is refused, because a price that silently reads as 0 gives answers away.
/// </summary>
internal sealed record CatalogueFile(int Revision, string Hash, IReadOnlyList<Offer> Offers)
{
    private const string ResourceName = "catalogue.json";

    /// <summary>The nine providers that the Gateway can speak to.</summary>
    public static IReadOnlySet<string> Providers { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "local", "groq", "huggingface", "together", "fireworks", "deepinfra", "openrouter", "anthropic", "openai",
    };

    /// <summary>Names of capabilities in the file; chat is what every model in it does that does not embed.</summary>
    private static readonly Dictionary<string, ModelCapabilities> CapabilityNames = new(StringComparer.Ordinal)
    {
        ["tools"] = ModelCapabilities.Tools,
        ["vision"] = ModelCapabilities.Vision,
        ["json"] = ModelCapabilities.JsonSchema,
        ["reasoning"] = ModelCapabilities.Reasoning,
        ["prompt_cache"] = ModelCapabilities.PromptCache,
        ["embeddings"] = ModelCapabilities.Embeddings,
    };

    private static readonly string[] LocalUpstreams = ["vllm", "ollama"];

    public static CatalogueFile LoadShipped()
    {
        using var stream = typeof(CatalogueFile).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException($"{ResourceName} is not in the assembly.");
        var json = new byte[stream.Length];
        stream.ReadExactly(json);
        return Parse(json);
    }

    /// <exception cref="CatalogueException">Where the file is wrong, and why.</exception>
    public static CatalogueFile Parse(byte[] json)
    {
        FileShape file;
        try
        {
            file = JsonSerializer.Deserialize(json, CatalogueJson.Default.FileShape)
                ?? throw new CatalogueException("$", "the file is null");
        }
        catch (JsonException fault)
        {
            throw new CatalogueException($"line {(fault.LineNumber ?? 0) + 1}, {fault.Path}", fault.Message, fault);
        }

        if (file.Revision < 1)
            throw new CatalogueException("$.revision", "must be at least 1");
        foreach (var (key, model) in file.Models)
            CheckQuality(key, model.Quality);

        var offers = file.Offers.Select((offer, index) => ToOffer(file, offer, index)).ToList();
        RequireUniqueNames(offers);
        return new CatalogueFile(file.Revision, Convert.ToHexStringLower(SHA256.HashData(json)), offers);
    }

    private static Offer ToOffer(FileShape file, OfferShape offer, int index)
    {
        var path = $"$.offers[{index}] ({offer.Id})";
        Require(Providers.Contains(offer.Provider), path, $"provider '{offer.Provider}' is none of {string.Join(", ", Providers)}");
        Require(offer.Id == $"{offer.Provider}/{offer.Model}", path, $"id must be provider/model, here '{offer.Provider}/{offer.Model}'");
        Require(file.Models.ContainsKey(offer.Model), path, $"model '{offer.Model}' is not among $.models");
        Require(offer.ContextWindow > 0 && offer.MaxOutput > 0 && offer.MaxOutput <= offer.ContextWindow, path, "max_output must be from 1 to context_window");
        Require(offer.FirstTokenMs > 0 && offer.TokensPerSecond > 0, path, "first_token_ms and tokens_per_second must be above 0");
        Require(offer.UpstreamModel.Length > 0 && offer.PriceSource.Length > 0, path, "upstream_model and price_source must not be empty");
        var isLocal = offer.Provider == "local";
        Require(
            isLocal ? LocalUpstreams.Contains(offer.Upstream) : offer.Upstream is null || offer.Upstream == offer.Provider,
            path,
            isLocal ? $"upstream of a local offer must be {string.Join(" or ", LocalUpstreams)}" : "upstream must be left out or be the provider");
        Require(isLocal == (offer.Privacy is PrivacyName.Local), path, "privacy local is for provider local, and only for it");

        var model = file.Models[offer.Model];
        return new Offer(
            offer.Id,
            offer.Model,
            model.Name,
            offer.Provider,
            offer.Upstream ?? offer.Provider,
            offer.UpstreamModel,
            offer.Aliases ?? [],
            offer.Tier,
            ToPrices(offer.UsdPerMillion, path),
            offer.PriceSource,
            offer.ContextWindow,
            offer.MaxOutput,
            Capabilities(offer, path),
            offer.Privacy switch
            {
                PrivacyName.Local => PrivacyClass.Local,
                PrivacyName.NoTrain => PrivacyClass.NoTrain,
                _ => PrivacyClass.Any,
            },
            offer.Automatic,
            offer.FirstTokenMs,
            offer.TokensPerSecond,
            model.Quality);
    }

    private static TokenPrices ToPrices(PriceShape prices, string path) => new(
        ToPico(prices.Input, $"{path}.usd_per_million.input"),
        ToPico(prices.Output, $"{path}.usd_per_million.output"),
        prices.CachedInput is { } cached ? ToPico(cached, $"{path}.usd_per_million.cached_input") : null,
        prices.CacheWrite is { } write ? ToPico(write, $"{path}.usd_per_million.cache_write") : null,
        prices.PerRequest is { } fee ? ToFee(fee, $"{path}.usd_per_million.per_request") : NanoUsd.Zero);

    /// <summary>USD per million tokens × 10⁶ is pico-USD per token; nano-USD are read first because they are exact and refuse nonsense.</summary>
    private static long ToPico(string usdPerMillion, string path)
    {
        const int NanoPerPico = 1_000;
        Require(
            NanoUsd.TryParse(usdPerMillion, out var amount) && amount >= NanoUsd.Zero,
            path,
            $"'{usdPerMillion}' is not a price in USD per million tokens, such as \"0.59\"");
        Require(amount.Value % NanoPerPico == 0, path, $"'{usdPerMillion}' has more than six decimal places, which no price has");
        return amount.Value / NanoPerPico;
    }

    private static NanoUsd ToFee(string usd, string path)
    {
        Require(NanoUsd.TryParse(usd, out var amount) && amount >= NanoUsd.Zero, path, $"'{usd}' is not a fee in USD, such as \"0.005\"");
        return amount;
    }

    private static ModelCapabilities Capabilities(OfferShape offer, string path)
    {
        var named = offer.Capabilities.Aggregate(ModelCapabilities.None, (all, name) => all | Capability(name, path));
        if (!named.HasFlag(ModelCapabilities.Embeddings))
            return named | ModelCapabilities.Chat;
        Require(named == ModelCapabilities.Embeddings, path, "a model that embeds does nothing else");
        Require(!offer.Automatic, path, "a model that embeds must not be chosen unasked, since vectors of two models do not compare");
        return named;
    }

    private static ModelCapabilities Capability(string name, string path) =>
        CapabilityNames.TryGetValue(name, out var flag)
            ? flag
            : throw new CatalogueException(path, $"capability '{name}' is none of {string.Join(", ", CapabilityNames.Keys)}");

    private static void CheckQuality(string model, IReadOnlyDictionary<string, double> quality)
    {
        var tasks = Enum.GetValues<TaskKind>().Select(task => task.WireName()).ToHashSet(StringComparer.Ordinal);
        Require(tasks.SetEquals(quality.Keys), $"$.models.{model}.quality", $"must name exactly {string.Join(", ", tasks)}");
        foreach (var (task, value) in quality)
            Require(value is >= 0 and <= 1, $"$.models.{model}.quality.{task}", "must be from 0 to 1");
    }

    /// <summary>An alias may be shared by offers of one model, which it then names together; otherwise a name means one thing.</summary>
    private static void RequireUniqueNames(List<Offer> offers)
    {
        var models = offers.Select(offer => offer.Model).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var owners = new Dictionary<string, Offer>(StringComparer.OrdinalIgnoreCase);
        foreach (var offer in offers)
            Require(owners.TryAdd(offer.Id, offer), offer.Id, "the id occurs twice");
        foreach (var offer in offers)
        {
            foreach (var alias in offer.Aliases)
            {
                Require(!models.Contains(alias), offer.Id, $"alias '{alias}' is the name of a model");
                Require(
                    owners.TryAdd(alias, offer) || (owners[alias].Model == offer.Model && owners[alias].Id != alias),
                    offer.Id,
                    $"alias '{alias}' already means {owners[alias].Id}");
            }
        }
    }

    private static void Require(bool condition, string path, string reason)
    {
        if (!condition)
            throw new CatalogueException(path, reason);
    }
}

/// <summary>The catalogue is refused as a whole; what was there before stays.</summary>
internal sealed class CatalogueException(string path, string reason, Exception? inner = null)
    : Exception($"The catalogue is refused at {path}: {reason}.", inner);

internal sealed record FileShape(
    int Revision,
    string QualityNote,
    IReadOnlyDictionary<string, ModelShape> Models,
    IReadOnlyList<OfferShape> Offers);

internal sealed record ModelShape(string Name, IReadOnlyDictionary<string, double> Quality);

internal sealed record OfferShape(
    string Id,
    string Model,
    string Provider,
    string UpstreamModel,
    Tier Tier,
    PriceShape UsdPerMillion,
    string PriceSource,
    int ContextWindow,
    int MaxOutput,
    IReadOnlyList<string> Capabilities,
    PrivacyName Privacy,
    int FirstTokenMs,
    int TokensPerSecond,
    string? Upstream = null,
    IReadOnlyList<string>? Aliases = null,
    bool Automatic = true);

internal sealed record PriceShape(string Input, string Output, string? CachedInput = null, string? CacheWrite = null, string? PerRequest = null);

internal enum PrivacyName
{
    [JsonStringEnumMemberName("local")]
    Local,

    [JsonStringEnumMemberName("no_train")]
    NoTrain,

    [JsonStringEnumMemberName("any")]
    Any,
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(FileShape))]
internal sealed partial class CatalogueJson : JsonSerializerContext;
