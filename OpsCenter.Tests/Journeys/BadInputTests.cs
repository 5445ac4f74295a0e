using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

/// <summary>Bad input gets an error that says what is accepted; no provider is called and no credit stays held.</summary>
public sealed class BadInputTests(OwnHost shared) : IClassFixture<OwnHost>
{
    public static TheoryData<string, string, string, HttpStatusCode, string> Bodies => new()
    {
        { "empty", "", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "not JSON", "{", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "two documents", "{}{}", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "an array", "[]", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "null", "null", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "no messages", "{}", "messages", HttpStatusCode.BadRequest, "invalid_request" },
        { "empty messages", """{"messages":[]}""", "messages", HttpStatusCode.BadRequest, "invalid_request" },
        { "messages of the wrong type", """{"messages":"hi"}""", "messages", HttpStatusCode.BadRequest, "invalid_request" },
        { "unknown role", """{"messages":[{"role":"wizard","content":"hi"}]}""", "messages[0].role", HttpStatusCode.BadRequest, "invalid_request" },
        { "duplicate key", """{"model":"auto","model":"openai/gpt-4o","messages":[{"role":"user","content":"hi"}]}""", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "escaped duplicate key", """{"model":"auto","mod\u0065l":"openai/gpt-4o","messages":[{"role":"user","content":"hi"}]}""", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "fractional max_tokens", """{"max_tokens":1.5,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens", HttpStatusCode.BadRequest, "invalid_request" },
        { "negative max_tokens", """{"max_tokens":-1,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens", HttpStatusCode.BadRequest, "invalid_request" },
        { "max_tokens as text", """{"max_tokens":"5","messages":[{"role":"user","content":"hi"}]}""", "max_tokens", HttpStatusCode.BadRequest, "invalid_request" },
        { "max_tokens beyond any number", """{"max_tokens":1e400,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens", HttpStatusCode.BadRequest, "invalid_request" },
        { "unknown power level", """{"power_level":"turbo","messages":[{"role":"user","content":"hi"}]}""", "power_level", HttpStatusCode.BadRequest, "invalid_request" },
        { "lone surrogate", """{"messages":[{"role":"user","content":"\ud800"}]}""", "", HttpStatusCode.BadRequest, "invalid_request" },
        { "unknown model", """{"model":"gpt-4o-minni","messages":[{"role":"user","content":"hi"}]}""", "model", HttpStatusCode.NotFound, "model_not_found" },
        { "stream as text", """{"stream":"yes","messages":[{"role":"user","content":"hi"}]}""", "stream", HttpStatusCode.BadRequest, "invalid_request" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_broken_body_is_explained(string what, string body, string param, HttpStatusCode status, string code)
    {
        _ = what;
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");

        var response = await SendAsync(account, Encoding.UTF8.GetBytes(body));

        await AssertRefusedAsync(account, response, status, code, param);
    }

    [Fact]
    public async Task JSON_of_endless_depth_is_refused()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");
        var deep = $$"""{"messages":[{"role":"user","content":"hi"}],"x":{{new string('[', 10_000)}}{{new string(']', 10_000)}}}""";

        await AssertRefusedAsync(account, await SendAsync(account, Encoding.UTF8.GetBytes(deep)), HttpStatusCode.BadRequest, "invalid_request", "");
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");
        byte[] body = [.. "{\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8];

        await AssertRefusedAsync(account, await SendAsync(account, body), HttpStatusCode.BadRequest, "invalid_request", "");
    }

    [Fact]
    public async Task An_oversized_body_is_refused_before_it_is_read()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");

        var response = await SendAsync(account, new byte[26 * 1024 * 1024]);

        await AssertRefusedAsync(account, response, HttpStatusCode.RequestEntityTooLarge, "request_too_large", "");
    }

    [Fact]
    public async Task A_misspelt_model_gets_the_nearest_names()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var answer = await (await account.ChatAsync(Chat("hi", ("model", "openai/gpt-4o-minni")))).JsonAsync();

        Assert.Contains("openai/gpt-4o-mini", answer.GetProperty("did_you_mean").EnumerateArray().Select(id => id.GetString()));
    }

    [Theory]
    [InlineData(null, "invalid_api_key")]
    [InlineData("sk-something-else", "invalid_api_key")]
    [InlineData("sk-oc-0000000000000000000000000000000000000000000000000", "invalid_api_key")]
    public async Task A_wrong_key_is_told_where_to_get_one(string? key, string code)
    {
        var host = await shared.HostAsync();
        using var client = new HttpClient { BaseAddress = host.Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);

        var response = await client.PostAsync(new Uri(ChatPath, UriKind.Relative), new StringContent("{}"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal(code, (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("x-api-key")]
    [InlineData("api-key")]
    public async Task A_key_counts_in_the_headers_that_other_clients_use(string header)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        using var client = new HttpClient { BaseAddress = host.Address };
        client.DefaultRequestHeaders.Add(header, account.Key);

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri("/v1/models", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task Without_credit_the_answer_says_what_is_needed_and_what_is_there()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "0.000001");

        var response = await account.ChatAsync(Chat("hi", ("model", "openai/gpt-4o-mini")));
        var problem = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.PaymentRequired, response.StatusCode);
        Assert.Equal("insufficient_credits", problem.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal("insufficient_quota", problem.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal("0.000001", problem.GetProperty("available").GetString());
        Assert.True(NanoUsd.Parse(problem.GetProperty("needed").GetString()!) > NanoUsd.Parse("0.000001"));
        Assert.Equal(NanoUsd.Parse("0.000001"), (await account.SettledBalanceAsync()).Posted);
    }

    [Fact]
    public async Task An_unknown_path_answers_as_OpenAI_clients_expect()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var response = await account.Http.GetAsync(new Uri("/v1/nothing-here", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("unknown_url", (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
    }

    private static async Task<HttpResponseMessage> SendAsync(TestAccount account, byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return await account.Http.PostAsync(new Uri(ChatPath, UriKind.Relative), content, TestContext.Current.CancellationToken);
    }

    private static async Task AssertRefusedAsync(
        TestAccount account, HttpResponseMessage response, HttpStatusCode status, string code, string param)
    {
        var problem = await response.JsonAsync();
        Assert.Equal((status, code), (response.StatusCode, problem.GetProperty("error").GetProperty("code").GetString()));
        Assert.NotEqual("", problem.GetProperty("error").GetProperty("message").GetString());
        if (param.Length > 0)
            Assert.Equal(param, problem.GetProperty("error").GetProperty("param").GetString());
        Assert.Equal(NanoUsd.FromUsd(1), (await account.SettledBalanceAsync()).Available);
        Assert.Empty(account.Host.ProviderCalls);
    }
}
