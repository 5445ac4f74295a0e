using System.Net;
using System.Net.Http.Headers;
using System.Text;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

public sealed class ChatJourneyTests(SharedHost shared)
{
    [Fact]
    public async Task The_curl_of_the_specification_is_answered_and_the_balance_moves_by_exactly_the_price_shown()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "10");
        // Byte for byte the body of the specification's phase 4.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/llm/chat/completions")
        {
            Content = new StringContent(
                """
                {
                    "messages": [{"role": "user", "content": "Write Python code to sort a list"}],
                    "power_level": "balanced"
                  }
                """,
                Encoding.UTF8,
                MediaTypeHeaderValue.Parse("application/json")),
        };

        var response = await account.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var answer = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.StartsWith("sandbox/", response.Header("X-Provider-Used"), StringComparison.Ordinal);
        Assert.Contains("Sandbox", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal("balanced", answer.GetProperty("opscenter").GetProperty("power_level").GetString());
        Assert.Equal("code", answer.GetProperty("opscenter").GetProperty("task").GetString());
        var shown = NanoUsd.Parse(response.Header("X-Cost-Incurred"));
        Assert.Equal(shown.ToString(), answer.GetProperty("opscenter").GetProperty("cost").GetString());
        Assert.Equal(NanoUsd.FromUsd(10) - shown, (await account.SettledBalanceAsync()).Posted);
    }

    [Fact]
    public async Task A_streamed_answer_ends_with_its_price_and_the_balance_agrees()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "10");

        var answer = await account.StreamAsync(Chat("Compare two sorting algorithms", ("power_level", "precision"), ("stream_options", new { include_usage = true })));

        Assert.True(answer.Done);
        Assert.False(answer.Broken);
        Assert.Contains("Sandbox", answer.Text, StringComparison.Ordinal);
        Assert.Equal("text/event-stream", answer.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no", answer.Response.Header("X-Accel-Buffering"));
        Assert.Equal(answer.Response.Header("X-Provider-Used"), answer.Chunks.First().GetProperty("provider").GetString());
        var usage = answer.Last;
        Assert.Equal(0, usage.GetProperty("choices").GetArrayLength());
        var shown = NanoUsd.Parse(usage.GetProperty("opscenter").GetProperty("cost").GetString()!);
        Assert.True(shown > NanoUsd.Zero);
        Assert.Equal(NanoUsd.FromUsd(10) - shown, (await account.SettledBalanceAsync()).Posted);
    }

    [Fact]
    public async Task Usage_is_not_sent_to_who_did_not_ask_for_it_and_charged_all_the_same()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "10");

        var answer = await account.StreamAsync(Chat("Compare two sorting algorithms", ("model", "openai/gpt-4o-mini")));

        Assert.True(answer.Done);
        Assert.All(answer.Chunks, chunk => Assert.Equal(1, chunk.GetProperty("choices").GetArrayLength()));
        Assert.All(answer.Chunks, chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
        Assert.True((await account.SettledBalanceAsync()).Posted < NanoUsd.FromUsd(10));
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("openai")]
    [InlineData("groq")]
    [InlineData("openrouter")]
    public async Task The_same_answer_costs_the_same_streamed_or_not(string provider)
    {
        var host = await shared.HostAsync();
        var model = host.AnyModelOf(provider);
        var whole = await host.NewAccountAsync(credit: "10");
        var streamed = await host.NewAccountAsync(credit: "10");

        await whole.ChatAsync(Chat("Tell me about rivers.", ("model", model)));
        await streamed.StreamAsync(Chat("Tell me about rivers.", ("model", model)));

        Assert.Equal((await whole.SettledBalanceAsync()).Posted, (await streamed.SettledBalanceAsync()).Posted);
    }

    [Fact]
    public async Task Every_answer_says_who_served_at_what_price_and_how_long_we_took()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var response = await account.ChatAsync(Chat("Hello"));

        foreach (var name in new[]
                 {
                     "X-Provider-Used", "X-Model-Used", "X-Cost-Incurred", "X-Power-Level", "X-Cache", "X-Credential",
                     "X-Route-Attempts", "X-Route-Trail", "X-OpsCenter-Overhead-Ms", "X-Request-Id",
                 })
            Assert.NotEqual("", response.Header(name));
        Assert.Matches("^req_[0-9A-HJKMNP-TV-Z]{26}$", response.Header("X-Request-Id"));
    }

    [Fact]
    public async Task Models_can_be_listed_and_found_by_an_id_with_a_slash()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var list = await (await account.Http.GetAsync(new Uri("/v1/models?limit=1000", UriKind.Relative), TestContext.Current.CancellationToken)).JsonAsync();
        var ids = list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).ToList();
        var one = await (await account.Http.GetAsync(new Uri($"/v1/models/{ids[^1]}", UriKind.Relative), TestContext.Current.CancellationToken)).JsonAsync();

        Assert.Equal(["auto", "auto-eco", "auto-balanced", "auto-precision"], ids.Take(4));
        Assert.True(ids.Count >= 29);
        Assert.Equal(ids[^1], one.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Transactions_show_the_grant_and_the_charge()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "10");
        await account.ChatAsync(Chat("Hello", ("model", "openai/gpt-4o-mini")));
        var balance = await account.SettledBalanceAsync();

        var page = await (await account.Http.GetAsync(new Uri("/api/v1/credits/transactions", UriKind.Relative), TestContext.Current.CancellationToken)).JsonAsync();
        var rows = page.GetProperty("data").EnumerateArray().ToList();

        Assert.Equal(2, rows.Count);
        Assert.Equal(balance.Posted.ToString(), rows[0].GetProperty("balance_after").GetString());
        Assert.Equal("10", rows[1].GetProperty("amount").GetString());
    }
}
