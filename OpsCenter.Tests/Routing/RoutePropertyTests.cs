using System.Globalization;
using CsCheck;
using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

/// <summary>
/// What holds for every catalogue and every question. <c>OPSCENTER_ROUTE_SAMPLES</c> raises the number of catalogues, for
/// example to 100000.
/// </summary>
public sealed class RoutePropertyTests
{
    private static readonly int Samples =
        int.TryParse(Environment.GetEnvironmentVariable("OPSCENTER_ROUTE_SAMPLES"), CultureInfo.InvariantCulture, out var samples) ? samples : 5_000;

    private static readonly string[] Providers = ["local", "groq", "together", "openrouter", "openai"];

    private static readonly Gen<string> Provider = Gen.Int[0, Providers.Length - 1].Select(i => Providers[i]);

    private static readonly Gen<ModelCapabilities> Capabilities = Gen.Int[0, 31].Select(flags => (ModelCapabilities)flags);

    private static readonly Gen<Offer> Offers =
        from provider in Provider
        from model in Gen.Int[0, 5]
        from quality in Gen.Double[0, 1]
        from pico in Gen.OneOf(Gen.Const(0L), Gen.Long[0, 100_000_000])
        from tier in Gen.Enum<Tier>()
        from window in Gen.Int[1_000, 200_000]
        from capabilities in Capabilities
        from privacy in Gen.Enum<PrivacyClass>()
        from automatic in Gen.Frequency((4, Gen.Const(true)), (1, Gen.Const(false)))
        select Any.Offer($"{provider}/m{model}", quality, pico, tier, window, window / 4, capabilities | ModelCapabilities.Chat, privacy, automatic);

    private static readonly Gen<UpstreamHealth> States =
        from upstream in Provider
        from state in Gen.Enum<HealthState>()
        from seconds in Gen.Int[-60, 60]
        from pauses in Gen.Bool
        select Any.Health(upstream, state, pauses ? Any.Moment.AddSeconds(seconds) : null);

    private static readonly Gen<Catalog> Catalogs =
        from offers in Offers.Array[0, 30]
        from health in States.Array[0, 3]
        select Any.Catalog(
            [.. offers.DistinctBy(offer => offer.Id)],
            [.. health.DistinctBy(state => state.Upstream)]);

    private static readonly Gen<RouteQuery> Queries =
        from model in Gen.OneOf(Gen.Const((string?)null), Gen.Int[0, 5].Select(i => (string?)$"m{i}"), Gen.Int[0, 5].Select(i => (string?)$"groq/m{i}"))
        from level in Gen.Enum<PowerLevel>()
        from tier in Gen.Enum<Tier>()
        from task in Gen.Enum<TaskKind>()
        from confidence in Gen.Double[0, 1]
        from complexity in Gen.Double[0, 1]
        from input in Gen.OneOf(Gen.Int[1, 2_000], Gen.Int[1, 200_000])
        from limit in Gen.OneOf(Gen.Const((int?)null), Gen.Int[1, 50_000].Select(tokens => (int?)tokens))
        from needs in Gen.OneOf(Gen.Const(ModelCapabilities.None), Gen.Int[0, 7].Select(flags => (ModelCapabilities)flags))
        from privacy in Gen.Enum<PrivacyClass>()
        from ready in Provider.Array[0, 5]
        select new RouteQuery(model, level, tier, new TaskReading(task, confidence, complexity), input, limit, needs, privacy, ready.ToHashSet());

    [Fact]
    public void No_hop_ever_breaks_a_constraint() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
            {
                var plan = RoutePlanner.Plan(query, catalog, Any.Moment);
                return plan.Chain.All(offer => Holds(query, catalog, offer))
                    && plan.Chain.Count <= 5
                    && plan.Chain.Distinct().Count() == plan.Chain.Count
                    && plan.Chain.CountBy(offer => offer.Provider).All(provider => provider.Value <= 2)
                    && (plan.Chain.Count == 0) == (plan.Refusal is not null);
            },
            iter: Samples);

    [Fact]
    public void A_chain_is_empty_only_when_no_offer_meets_every_constraint() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
                RoutePlanner.Plan(query, catalog, Any.Moment).Chain.Count > 0
                == catalog.Snapshot.Offers.Any(offer => IsMeant(query, offer) && Holds(query, catalog, offer)),
            iter: Samples);

    [Fact]
    public void The_second_hop_is_another_provider_when_there_is_one() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
            {
                var chain = RoutePlanner.Plan(query, catalog, Any.Moment).Chain;
                return chain.Count < 2 || chain[0].Provider != chain[1].Provider || chain.All(offer => offer.Provider == chain[0].Provider);
            },
            iter: Samples);

    [Fact]
    public void A_choice_of_the_router_costs_more_than_its_level_only_when_nothing_costs_less() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
            {
                var plan = RoutePlanner.Plan(query with { Model = null }, catalog, Any.Moment);
                var reference = catalog.Level(query.Level).Reference;
                var isAnyAffordable = catalog.Snapshot.Offers.Any(offer =>
                    offer.Automatic && Holds(query, catalog, offer) && Expected(query, plan, offer) <= reference);
                return !isAnyAffordable || plan.Chain.All(offer => Expected(query, plan, offer) <= reference);
            },
            iter: Samples);

    [Fact]
    public void The_same_question_of_the_same_catalogue_at_the_same_moment_gets_the_same_plan() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
            {
                var shuffled = Any.Catalog([.. catalog.Snapshot.Offers.Reverse()], catalog.Snapshot.Health);
                var plans = new[] { catalog, catalog, shuffled }.Select(each => RoutePlanner.Plan(query, each, Any.Moment)).ToArray();
                return plans.All(plan => plan.Chain.Select(offer => offer.Id).SequenceEqual(plans[0].Chain.Select(offer => offer.Id))
                    && plan.Refusal?.Code == plans[0].Refusal?.Code);
            },
            iter: Samples);

    [Fact]
    public void An_explanation_agrees_with_its_plan() =>
        Gen.Select(Queries, Catalogs).Sample(
            (query, catalog) =>
            {
                var plan = RoutePlanner.Plan(query, catalog, Any.Moment);
                var explanation = plan.Explain();
                return explanation.Chosen?.Id == (plan.Chain.Count > 0 ? plan.Chain[0].Id : null)
                    && plan.Chain.All(offer => explanation.Candidates.Single(candidate => candidate.Id == offer.Id).Eligible)
                    && explanation.Candidates.All(candidate => candidate.Eligible ? candidate.Score is >= 0 and <= 1.001 : candidate is { Score: null, Reason: not null });
            },
            iter: Samples / 5);

    private static NanoUsd Expected(RouteQuery query, RoutePlan plan, Offer offer) =>
        offer.Prices.Cost(new TokenCounts(query.InputTokens, Math.Min(plan.ExpectedOutputTokens, offer.MaxOutput)));

    private static bool IsMeant(RouteQuery query, Offer offer) =>
        query.Model is null ? offer.Automatic : query.Model == offer.Id || query.Model == offer.Model;

    private static bool Holds(RouteQuery query, Catalog catalog, Offer offer)
    {
        var health = catalog.Snapshot.Health.FirstOrDefault(state => state.Upstream == offer.Upstream);
        var output = query.MaxOutputTokens ?? RoutePlanner.Plan(query, catalog, Any.Moment).ExpectedOutputTokens;
        return offer.Tier <= query.Tier
            && (offer.Capabilities & query.Needs) == query.Needs
            && (long)query.InputTokens + output <= offer.ContextWindow
            && output <= Math.Max(offer.MaxOutput, query.MaxOutputTokens is null ? output : 0)
            && offer.Privacy <= query.Privacy
            && query.ReadyUpstreams.Contains(offer.Upstream)
            && health is not { State: HealthState.Paused }
            && health is not { State: HealthState.Down, OpenUntil: null }
            && !(health?.OpenUntil > Any.Moment);
    }
}
