using OpsCenter.Contracts;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

public sealed class RoutePlannerTests
{
    [Fact]
    public void A_model_that_nobody_has_is_refused_with_the_three_nearest()
    {
        var catalog = Any.Catalog(Any.Offer("a/gpt-5"), Any.Offer("a/gpt-5-mini"), Any.Offer("a/llama-3"), Any.Offer("a/mistral"));
        var refusal = Plan(catalog, Any.Query(catalog, "gpt5-mini"));

        Assert.Equal("model_not_found", refusal.Code);
        Assert.Equal("model", refusal.Param);
        Assert.Contains("gpt-5-mini", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["gpt-5-mini", "gpt-5"], catalog.Nearest("gpt5-mini", 3).Take(2));
        Assert.Equal(["a/gpt-5", "a/gpt-5-mini"], catalog.Nearest("a/gpt-5x", 2));
    }

    [Fact]
    public void A_tier_that_is_too_low_is_told_which_one_would_do()
    {
        var catalog = Any.Catalog(Any.Offer("a/m", tier: Tier.Enterprise), Any.Offer("b/m", tier: Tier.Professional));
        var refusal = Plan(catalog, Any.Query(catalog, "m", tier: Tier.Starter));

        Assert.Equal("tier_not_allowed", refusal.Code);
        Assert.Equal("professional", refusal.Needs);
    }

    [Theory]
    [InlineData(ModelCapabilities.Tools, "tools", "tools")]
    [InlineData(ModelCapabilities.Vision, "vision", "messages")]
    [InlineData(ModelCapabilities.JsonSchema, "json", "response_format")]
    public void A_capability_that_is_missing_is_named_with_those_who_have_it(ModelCapabilities needs, string word, string param)
    {
        var catalog = Any.Catalog(Any.Offer("a/plain"), Any.Offer("b/able", capabilities: ModelCapabilities.Chat | needs));
        var refusal = Plan(catalog, Any.Query(catalog, "plain", needs: needs));

        Assert.Equal("unsupported_capability", refusal.Code);
        Assert.Equal(word, refusal.Needs);
        Assert.Equal(param, refusal.Param);
        Assert.Contains("b/able", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["b/able"], RoutePlanner.Plan(Any.Query(catalog, needs: needs), catalog, Any.Moment).Chain.Select(offer => offer.Id));
    }

    [Theory]
    [InlineData(8_000, 193, "messages")]
    [InlineData(100, 5_000, "max_tokens")]
    public void A_request_that_fits_no_window_is_refused_before_it_is_sent(int input, int maxOutput, string param)
    {
        var catalog = Any.Catalog(Any.Offer("a/small", window: 8_192, maxOutput: 4_096));

        Assert.Empty(RoutePlanner.Plan(Any.Query(catalog, inputTokens: input, maxOutputTokens: maxOutput), catalog, Any.Moment).Chain);
        var refusal = Plan(catalog, Any.Query(catalog, inputTokens: input, maxOutputTokens: maxOutput));
        Assert.Equal("context_length_exceeded", refusal.Code);
        Assert.Equal(param, refusal.Param);
        Assert.Single(RoutePlanner.Plan(Any.Query(catalog, inputTokens: 8_000, maxOutputTokens: 192), catalog, Any.Moment).Chain);
    }

    [Fact]
    public void A_private_request_never_falls_back_to_the_cloud()
    {
        var catalog = Any.Catalog(Any.Offer("local/m", privacy: PrivacyClass.Local), Any.Offer("b/m", privacy: PrivacyClass.NoTrain));

        Assert.Equal(
            ["local/m"],
            RoutePlanner.Plan(Any.Query(catalog, privacy: PrivacyClass.Local), catalog, Any.Moment).Chain.Select(offer => offer.Id));
        Assert.Equal("privacy_not_available", Plan(catalog, Any.Query(catalog, "b/m", privacy: PrivacyClass.Local)).Code);
    }

    [Fact]
    public void An_upstream_without_a_key_or_in_trouble_is_not_asked()
    {
        Offer[] offers = [Any.Offer("a/m"), Any.Offer("b/m"), Any.Offer("c/m"), Any.Offer("d/m"), Any.Offer("e/m")];
        var catalog = Any.Catalog(offers,
        [
            Any.Health("b", HealthState.Down),
            Any.Health("c", HealthState.Paused),
            Any.Health("d", HealthState.Down, Any.Moment.AddSeconds(10)),
        ]);
        var query = Any.Query(catalog, ready: new HashSet<string> { "b", "c", "d", "e" });

        Assert.Equal(["e/m"], RoutePlanner.Plan(query, catalog, Any.Moment).Chain.Select(offer => offer.Id));
        Assert.Equal(["d/m", "e/m"], RoutePlanner.Plan(query, catalog, Any.Moment.AddSeconds(10)).Chain.Select(offer => offer.Id).Order());

        var refusal = Plan(catalog, query with { Model = "a/m" });
        Assert.Equal("no_provider_available", refusal.Code);
        Assert.Contains("a has no key or address", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_kept_for_those_who_know_it_is_offered_only_by_name()
    {
        var catalog = Any.Catalog(Any.Offer("a/old", automatic: false, aliases: "vintage"), Any.Offer("a/new"));

        Assert.Equal(["a/new"], RoutePlanner.Plan(Any.Query(catalog), catalog, Any.Moment).Chain.Select(offer => offer.Id));
        Assert.Equal(["a/old"], RoutePlanner.Plan(Any.Query(catalog, "vintage"), catalog, Any.Moment).Chain.Select(offer => offer.Id));
    }

    [Fact]
    public void An_exact_name_means_one_offer_and_a_model_all_of_its_providers()
    {
        var catalog = Any.Catalog(Any.Offer("a/m", pico: 900_000), Any.Offer("b/m", pico: 100_000), Any.Offer("b/other"));

        Assert.Equal(["a/m"], RoutePlanner.Plan(Any.Query(catalog, "A/M"), catalog, Any.Moment).Chain.Select(offer => offer.Id));
        Assert.Equal(["b/m", "a/m"], RoutePlanner.Plan(Any.Query(catalog, "m:eco"), catalog, Any.Moment).Chain.Select(offer => offer.Id));
    }

    [Fact]
    public void The_chain_is_short_and_its_second_hop_is_another_provider()
    {
        var catalog = Any.Catalog(
            [.. Enumerable.Range(1, 4).Select(i => Any.Offer($"a/m{i}", pico: i)), Any.Offer("b/m", pico: 900), Any.Offer("c/m", pico: 950), Any.Offer("d/m", pico: 960), Any.Offer("e/m", pico: 970)]);
        var chain = RoutePlanner.Plan(Any.Query(catalog), catalog, Any.Moment).Chain;

        Assert.Equal(RoutePlanner.MaxHops, chain.Count);
        Assert.NotEqual(chain[0].Provider, chain[1].Provider);
        Assert.All(chain.CountBy(offer => offer.Provider), provider => Assert.True(provider.Value <= RoutePlanner.MaxHopsPerProvider));
    }

    [Fact]
    public void Equal_offers_are_ordered_by_price_and_then_by_id()
    {
        var catalog = Any.Catalog(Any.Offer("c/m"), Any.Offer("a/m"), Any.Offer("b/m"));

        Assert.Equal(["a/m", "b/m", "c/m"], RoutePlanner.Plan(Any.Query(catalog), catalog, Any.Moment).Chain.Select(offer => offer.Id));
    }

    [Fact]
    public void A_choice_of_the_router_stays_within_the_reference_of_its_level()
    {
        var catalog = Any.Catalog(Any.Offer("a/dear", quality: 0.95, pico: 30_000_000), Any.Offer("b/cheap", quality: 0.5, pico: 100_000));

        Assert.Equal(["b/cheap"], RoutePlanner.Plan(Any.Query(catalog), catalog, Any.Moment).Chain.Select(offer => offer.Id));
        Assert.Equal("a/dear", RoutePlanner.Plan(Any.Query(catalog, level: PowerLevel.Precision), catalog, Any.Moment).Chain[0].Id);

        var costly = RoutePlanner.Plan(Any.Query(catalog, inputTokens: 100_000), catalog, Any.Moment);
        Assert.Equal("b/cheap", costly.Chain[0].Id);
        Assert.Contains("nothing is expected to cost 0.001 USD or less", costly.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_explanation_lists_every_candidate_with_its_score_or_its_reason()
    {
        var catalog = Any.Catalog(
            Any.Offer("a/good"),
            Any.Offer("b/good"),
            Any.Offer("c/weak", quality: 0.2),
            Any.Offer("d/closed", tier: Tier.Enterprise));
        var plan = RoutePlanner.Plan(Any.Query(catalog, tier: Tier.Free), catalog, Any.Moment);
        var explanation = plan.Explain();

        Assert.Equal("Read as code, short: cheapest healthy model that is good enough for code at Eco.", explanation.Reason);
        Assert.Equal("code", explanation.Task);
        Assert.Equal("eco", explanation.PowerLevel);
        Assert.Equal(7, explanation.ConfigVersion);
        Assert.Equal("a/good", explanation.Chosen?.Id);
        Assert.Equal(plan.Chain.Skip(1).Select(offer => offer.Id), explanation.Fallbacks);
        Assert.Equal(plan.Chain[0].Prices.Cost(new TokenCounts(100, plan.ExpectedOutputTokens)), explanation.Estimated.Cost);
        Assert.Equal(["a/good", "b/good", "c/weak", "d/closed"], explanation.Candidates.Select(candidate => candidate.Id));
        Assert.All(explanation.Candidates.Take(3), candidate =>
        {
            Assert.True(candidate.Eligible);
            Assert.Equal(candidate.Score!.Value, candidate.Parts!.Quality + candidate.Parts.Cost + candidate.Parts.Latency, 3);
        });
        Assert.Equal("below_quality_gap", explanation.Candidates[2].Reason);
        Assert.Equal(("tier_not_allowed", "enterprise"), (explanation.Candidates[3].Reason, explanation.Candidates[3].Needs));
        Assert.Null(explanation.Candidates[3].Score);
    }

    [Fact]
    public void An_empty_catalogue_refuses_rather_than_guesses() =>
        Assert.Equal("no_provider_available", Plan(Catalog.Empty, Any.Query(Catalog.Empty)).Code);

    private static RouteRefusal Plan(Catalog catalog, RouteQuery query)
    {
        var plan = RoutePlanner.Plan(query, catalog, Any.Moment);
        Assert.Empty(plan.Chain);
        Assert.NotNull(plan.Refusal);
        Assert.Null(plan.Explain().Chosen);
        return plan.Refusal;
    }
}
