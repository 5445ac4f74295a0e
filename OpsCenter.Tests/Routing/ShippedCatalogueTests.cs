using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Tests.Routing;

/// <summary>The specification's routing scenarios, against the catalogue as it is shipped.</summary>
public sealed class ShippedCatalogueTests
{
    private static readonly Catalog Shipped = Any.Catalog([.. CatalogueFile.LoadShipped().Offers]);

    private static readonly Dictionary<Tier, string[]> ProvidersOf = new()
    {
        [Tier.Free] = ["local", "groq", "huggingface"],
        [Tier.Starter] = ["local", "groq", "huggingface", "together", "fireworks", "deepinfra"],
        [Tier.Professional] = ["local", "groq", "huggingface", "together", "fireworks", "deepinfra", "openrouter"],
        [Tier.Enterprise] = ["local", "groq", "huggingface", "together", "fireworks", "deepinfra", "openrouter", "anthropic", "openai"],
    };

    public static TheoryData<Tier, PowerLevel, TaskKind> EveryCase =>
        new MatrixTheoryData<Tier, PowerLevel, TaskKind>(Enum.GetValues<Tier>(), Enum.GetValues<PowerLevel>(), Enum.GetValues<TaskKind>());

    [Theory]
    [InlineData("groq/llama-3.3-70b", Tier.Free, "groq/llama-3.3-70b")]
    [InlineData("llama3-70b-groq", Tier.Free, "groq/llama-3-70b")]
    [InlineData("groq/llama3-70b-8192", Tier.Free, "groq/llama-3-70b")]
    [InlineData("openai/Qwen2.5-32B-Instruct-AWQ", Tier.Free, "local/qwen2.5-32b")]
    [InlineData("qwen-32b-local", Tier.Free, "local/qwen2.5-32b")]
    [InlineData("claude-3.5-sonnet-openrouter", Tier.Professional, "openrouter/claude-3.5-sonnet")]
    [InlineData("claude-sonnet-4-5-20250929", Tier.Enterprise, "anthropic/claude-sonnet-4.5")]
    [InlineData("gpt-4o", Tier.Professional, "openrouter/gpt-4o")]
    public void Router_selects_correct_provider_for_each_scenario(string model, Tier tier, string expected) =>
        Assert.Equal(expected, Plan(Any.Query(Shipped, model, tier: tier)).Chain[0].Id);

    [Fact]
    public void A_bare_model_name_falls_back_to_the_same_model_elsewhere()
    {
        var chain = Plan(Any.Query(Shipped, "llama-3.3-70b", tier: Tier.Starter)).Chain;

        Assert.True(chain.Count >= 3);
        Assert.All(chain, offer => Assert.Equal("llama-3.3-70b", offer.Model));
        Assert.Equal(chain.Count, chain.DistinctBy(offer => offer.Provider).Count());
    }

    [Fact]
    public void Requirements_choose_among_those_who_meet_them()
    {
        Assert.All(Plan(Any.Query(Shipped, needs: ModelCapabilities.Vision)).Chain, offer => Assert.True(offer.Capabilities.HasFlag(ModelCapabilities.Vision)));
        Assert.All(Plan(Any.Query(Shipped, inputTokens: 400_000, level: PowerLevel.Precision)).Chain, offer => Assert.True(offer.ContextWindow > 400_000));
        Assert.All(Plan(Any.Query(Shipped, privacy: PrivacyClass.Local)).Chain, offer => Assert.Equal("local", offer.Provider));
        Assert.Equal("anthropic", Plan(Any.Query(Shipped, level: PowerLevel.Precision, task: TaskKind.Creative)).Chain[0].Provider);
    }

    [Fact]
    public void Power_levels_change_routing_behavior()
    {
        foreach (var task in Enum.GetValues<TaskKind>())
        {
            var eco = First(PowerLevel.Eco, task);
            var balanced = First(PowerLevel.Balanced, task);
            var precision = First(PowerLevel.Precision, task);

            Assert.True(Cost(eco) < Cost(balanced), $"{task}: {eco.Id} is not cheaper than {balanced.Id}");
            Assert.True(Cost(balanced) < Cost(precision), $"{task}: {balanced.Id} is not cheaper than {precision.Id}");
            Assert.True(Quality(eco, task) < Quality(balanced, task), $"{task}: {eco.Id} is as good as {balanced.Id}");
            Assert.True(Quality(balanced, task) < Quality(precision, task), $"{task}: {balanced.Id} is as good as {precision.Id}");
        }

        static Offer First(PowerLevel level, TaskKind task)
        {
            // Without the operator's own machines, which cost nothing and so blur the picture.
            var ready = Shipped.Upstreams.Where(upstream => upstream is not ("vllm" or "ollama")).ToHashSet();
            return Plan(Any.Query(Shipped, level: level, task: task, ready: ready)).Chain[0];
        }

        static double Quality(Offer offer, TaskKind task) => offer.Quality[task.ToString().ToLowerInvariant()];
    }

    [Fact]
    public void Free_user_gets_free_models_only() => AssertOnlyProvidersOf(Tier.Free);

    [Fact]
    public void Starter_user_accesses_mid_tier_models()
    {
        AssertOnlyProvidersOf(Tier.Starter);
        Assert.Contains(
            Plan(Any.Query(Shipped, level: PowerLevel.Precision, tier: Tier.Starter)).Chain,
            offer => offer.Provider is "together" or "fireworks" or "deepinfra");
    }

    [Fact]
    public void Professional_user_gets_premium_models()
    {
        AssertOnlyProvidersOf(Tier.Professional);
        Assert.Equal("openrouter", Plan(Any.Query(Shipped, level: PowerLevel.Precision, tier: Tier.Professional)).Chain[0].Provider);
    }

    [Fact]
    public void Enterprise_user_uses_direct_APIs()
    {
        foreach (var task in Enum.GetValues<TaskKind>())
            Assert.Contains(Plan(Any.Query(Shipped, level: PowerLevel.Precision, task: task)).Chain, offer => offer.Provider is "anthropic" or "openai");
        Assert.Equal("anthropic", Plan(Any.Query(Shipped, "claude-sonnet-4.5", level: PowerLevel.Precision)).Chain[0].Provider);
    }

    [Theory, MemberData(nameof(EveryCase))]
    public void Every_tier_is_served_at_every_level_for_every_task_with_a_way_out(Tier tier, PowerLevel level, TaskKind task)
    {
        var plan = Plan(Any.Query(Shipped, level: level, tier: tier, task: task));

        Assert.True(plan.Chain.Count >= 2, plan.Reason);
        Assert.All(plan.Chain, offer => Assert.True(
            offer.Prices.Cost(new TokenCounts(100, plan.ExpectedOutputTokens)) <= Shipped.Level(level).Reference,
            offer.Id));
    }

    private static void AssertOnlyProvidersOf(Tier tier)
    {
        foreach (var level in Enum.GetValues<PowerLevel>())
        {
            foreach (var task in Enum.GetValues<TaskKind>())
                Assert.All(Plan(Any.Query(Shipped, level: level, tier: tier, task: task)).Chain, offer => Assert.Contains(offer.Provider, ProvidersOf[tier]));
        }

        Assert.All(
            Shipped.Snapshot.Offers.Where(offer => !ProvidersOf[tier].Contains(offer.Provider)),
            offer => Assert.Equal("tier_not_allowed", RoutePlanner.Plan(Any.Query(Shipped, offer.Id, tier: tier), Shipped, Any.Moment).Refusal?.Code));
    }

    private static RoutePlan Plan(RouteQuery query) => RoutePlanner.Plan(query, Shipped, Any.Moment);

    private static NanoUsd Cost(Offer offer) => offer.Prices.Cost(new TokenCounts(100, 500));
}
