using OpsCenter.Contracts;
using OpsCenter.Routing;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

/// <summary>Offers, queries and catalogues that are ordinary but for what a test says.</summary>
internal static class Any
{
    public static readonly DateTimeOffset Moment = new(2026, 7, 1, 12, 0, 0, TimeSpan.Zero);

    public static Offer Offer(
        string id,
        double quality = 0.8,
        long pico = 500_000,
        Tier tier = Tier.Free,
        int window = 128_000,
        int maxOutput = 16_000,
        ModelCapabilities capabilities = ModelCapabilities.Chat,
        PrivacyClass privacy = PrivacyClass.NoTrain,
        bool automatic = true,
        params string[] aliases)
    {
        var slash = id.IndexOf('/', StringComparison.Ordinal);
        var provider = id[..slash];
        return new Offer(
            id, id[(slash + 1)..], id, provider, provider, id, aliases, tier, new TokenPrices(pico, pico), "test",
            window, maxOutput, capabilities, privacy, automatic, 500, 100,
            Enum.GetValues<TaskKind>().ToDictionary(task => task.WireName(), _ => quality));
    }

    public static Catalog Catalog(params Offer[] offers) => Catalog(offers, []);

    public static Catalog Catalog(IReadOnlyList<Offer> offers, IReadOnlyList<UpstreamHealth> health) =>
        new(new RouteSnapshot(7, Moment, offers, PowerLevels.Table, health));

    public static UpstreamHealth Health(string upstream, HealthState state, DateTimeOffset? openUntil = null) =>
        new(upstream, state, openUntil, null, null, null, null, Moment);

    public static RouteQuery Query(
        Catalog catalog,
        string? model = null,
        PowerLevel level = PowerLevel.Eco,
        Tier tier = Tier.Enterprise,
        TaskKind task = TaskKind.Code,
        int inputTokens = 100,
        int? maxOutputTokens = null,
        ModelCapabilities needs = ModelCapabilities.None,
        PrivacyClass privacy = PrivacyClass.Any,
        IReadOnlySet<string>? ready = null) =>
        new(model, level, tier, new TaskReading(task, 0.9, 0.2), inputTokens, maxOutputTokens, needs, privacy, ready ?? catalog.Upstreams);
}
