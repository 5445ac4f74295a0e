using System.Net;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

/// <summary>The integration and end-to-end lines of the specification's testing checklist, each under its own words.</summary>
public sealed class ChecklistJourneyTests(SharedHost shared)
{
    private static readonly string[] FreeProviders = ["sandbox/local", "sandbox/groq", "sandbox/huggingface"];

    [Theory]
    [InlineData("local")]
    [InlineData("groq")]
    [InlineData("huggingface")]
    [InlineData("together")]
    [InlineData("fireworks")]
    [InlineData("deepinfra")]
    [InlineData("openrouter")]
    [InlineData("anthropic")]
    [InlineData("openai")]
    public async Task Proxy_routes_to_all_9_providers(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        var model = host.AnyModelOf(provider);

        var whole = await account.ChatAsync(Chat("Hello", ("model", model)));
        var streamed = await account.StreamAsync(Chat("Hello", ("model", model)));

        Assert.Equal($"sandbox/{provider}", whole.Header("X-Provider-Used"));
        Assert.Equal($"sandbox/{provider}", streamed.Response.Header("X-Provider-Used"));
        Assert.True(streamed.Done);
        Assert.Equal(
            (await whole.JsonAsync()).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), streamed.Text);
    }

    [Fact]
    public async Task Router_communicates_with_the_proxy()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var explained = await (await account.ChatAsync(Chat("Write Python code to sort a list", ("power_level", "eco")), "/api/v1/llm/route")).JsonAsync();
        var served = await account.ChatAsync(Chat("Write Python code to sort a list", ("power_level", "eco")));

        Assert.Equal($"sandbox/{explained.GetProperty("chosen").GetProperty("provider").GetString()}", served.Header("X-Provider-Used"));
        Assert.Equal(explained.GetProperty("chosen").GetProperty("model").GetString(), served.Header("X-Model-Used"));
    }

    [Fact]
    public async Task Credits_deducted_correctly_after_requests()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "5");
        var expected = NanoUsd.FromUsd(5);

        foreach (var level in new[] { "eco", "balanced", "precision" })
        {
            var response = await account.ChatAsync(Chat("Explain tides.", ("power_level", level)));
            expected -= NanoUsd.Parse(response.Header("X-Cost-Incurred"));
        }

        Assert.Equal(expected, (await account.SettledBalanceAsync()).Posted);
    }

    [Theory]
    [InlineData(Tier.Free, "groq")]
    [InlineData(Tier.Starter, "together")]
    [InlineData(Tier.Professional, "openrouter")]
    [InlineData(Tier.Enterprise, "anthropic")]
    public async Task Each_tier_reaches_its_own_providers_and_the_one_below_does_not(Tier tier, string provider)
    {
        var host = await shared.HostAsync();
        var allowed = await host.NewAccountAsync(tier);

        Assert.Equal(HttpStatusCode.OK, (await allowed.ChatAsync(Chat("Hello", ("model", host.AnyModelOf(provider))))).StatusCode);
        if (tier is Tier.Free)
            return;

        var below = await host.NewAccountAsync(tier - 1);
        var refused = await below.ChatAsync(Chat("Hello", ("model", host.AnyModelOf(provider))));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        var problem = await refused.JsonAsync();
        Assert.Equal("tier_not_allowed", problem.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(tier.ToString(), problem.GetProperty("needs").GetString(), ignoreCase: true);
    }

    [Fact]
    public async Task Free_user_gets_free_models_only()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(Tier.Free);

        foreach (var level in new[] { "eco", "balanced", "precision" })
        {
            var provider = (await account.ChatAsync(Chat("Write a proof that there are infinitely many primes", ("power_level", level)))).Header("X-Provider-Used");
            Assert.Contains(provider, FreeProviders);
        }
    }

    [Fact]
    public async Task A_free_user_without_credit_is_served_by_what_costs_nothing()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync(Tier.Free, credit: "0");

        var response = await account.ChatAsync(Chat("Hello", ("model", host.AnyModelOf("local"))));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("0", response.Header("X-Cost-Incurred"));
    }
}
