using System.Net;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

public sealed class ProviderKeyTests(TestPostgres postgres)
{
    [Fact]
    public async Task With_a_providers_key_the_same_request_reaches_that_provider_with_that_key()
    {
        // The variable that people set, and the provider's address bent to one that plays it.
        await using var host = await OpsCenterHost.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["GROQ_API_KEY"] = "gsk_of_the_operator_7331",
            ["Upstreams:Providers:groq:BaseUrl"] = "{address}sandbox/groq/v1",
        });
        var account = await host.NewAccountAsync();

        var real = await account.ChatAsync(Chat("Hello", ("model", host.AnyModelOf("groq"))));
        var played = await account.ChatAsync(Chat("Hello", ("model", host.AnyModelOf("together"))));

        Assert.Equal("groq", real.Header("X-Provider-Used"));
        Assert.Equal("7331", host.ProviderCalls[0].KeyTail);
        Assert.Equal("sandbox/together", played.Header("X-Provider-Used"));
    }

    [Fact]
    public async Task Without_a_key_and_without_the_Sandbox_a_provider_is_not_used()
    {
        await using var host = await OpsCenterHost.StartAsync(postgres, new Dictionary<string, string?>
        {
            ["Upstreams:SandboxUrl"] = "",
            ["GROQ_API_KEY"] = "gsk_of_the_operator_7331",
            ["Upstreams:Providers:groq:BaseUrl"] = "{address}sandbox/groq/v1",
        });
        var account = await host.NewAccountAsync();

        var answered = await account.ChatAsync(Chat("Hello"));
        var refused = await account.ChatAsync(Chat("Hello", ("model", host.AnyModelOf("openai"))));

        Assert.Equal("groq", answered.Header("X-Provider-Used"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("no_provider_available", (await refused.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
    }
}
