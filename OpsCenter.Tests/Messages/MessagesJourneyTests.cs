using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpsCenter.Contracts;
using OpsCenter.Tests.Gateway;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Messages;

/// <summary>Anthropic's paths, over HTTP, with each kind of provider behind them.</summary>
public sealed class MessagesJourneyTests(SharedHost shared)
{
    private const string MessagesPath = "/v1/messages";

    public static TheoryData<string> Providers => ["anthropic", "groq", "openai", "together", "openrouter"];

    [Theory, MemberData(nameof(Providers))]
    public async Task A_message_is_answered_in_one_piece_and_streamed_alike_and_charged_alike(string provider)
    {
        var host = await shared.HostAsync();
        var (whole, streamed) = (await host.NewAccountAsync(credit: "10"), await host.NewAccountAsync(credit: "10"));
        var body = Body(host.AnyModelOf(provider), "Tell me about rivers.");

        var response = await whole.ChatAsync(body, MessagesPath);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
        var stream = await streamed.StreamAsync(body, MessagesPath);
        var folded = Wires.FoldMessage(stream.Events.Select(data => JsonNode.Parse(data)!.AsObject()));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(stream.Broken);
        Assert.Equal("message", (string?)answer["type"]);
        Assert.Equal("end_turn", (string?)answer["stop_reason"]);
        Assert.Equal(answer["content"]!.ToJsonString(), folded["content"]!.ToJsonString());
        Assert.Equal((string?)answer["stop_reason"], (string?)folded["stop_reason"]);
        Assert.Equal((int)answer["usage"]!["output_tokens"]!, (int)folded["usage"]!["output_tokens"]!);
        Assert.Equal(response.Header("X-Request-Id"), response.Header("request-id"));
        Assert.Equal(response.Header("X-Cost-Incurred"), (string?)answer["opscenter"]!["cost"]);
        Assert.Equal($"sandbox/{provider}", response.Header("X-Provider-Used"));
        var left = (await whole.SettledBalanceAsync()).Posted;
        Assert.True(left < NanoUsd.FromUsd(10));
        Assert.Equal(left, (await streamed.SettledBalanceAsync()).Posted);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_tool_is_called_and_its_result_is_heard(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        var tools = new[] { new { name = "weather", description = "The weather", input_schema = new { type = "object", properties = new { city = new { type = "string" } } } } };
        var first = Body(host.AnyModelOf(provider), "What is the weather in Rome?", ("tools", tools), ("tool_choice", new { type = "any", disable_parallel_tool_use = true }));

        var call = await (await account.ChatAsync(first, MessagesPath)).JsonAsync();
        var block = call.GetProperty("content").EnumerateArray().Single(part => part.GetProperty("type").GetString() == "tool_use");
        var second = Body(host.AnyModelOf(provider), "", ("tools", tools), ("messages", new object[]
        {
            new { role = "user", content = "What is the weather in Rome?" },
            new { role = "assistant", content = new[] { block } },
            new { role = "user", content = new object[] { new { type = "tool_result", tool_use_id = block.GetProperty("id").GetString(), content = new[] { new { type = "text", text = "Sunny, 24 degrees" } } } } },
        }));
        var answer = await (await account.ChatAsync(second, MessagesPath)).JsonAsync();

        Assert.Equal("tool_use", call.GetProperty("stop_reason").GetString());
        Assert.Equal("weather", block.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Object, block.GetProperty("input").ValueKind);
        Assert.Contains("Sunny, 24 degrees", Text(answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auto-eco", "eco")]
    [InlineData("auto:precision", "precision")]
    [InlineData("auto", "balanced")]
    public async Task The_model_may_be_left_to_the_router(string model, string level)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();

        var response = await account.ChatAsync(Body(model, "Hello"), MessagesPath);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(level, response.Header("X-Power-Level"));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_limit_beyond_the_model_is_brought_down_to_what_it_can_write(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();

        var response = await account.ChatAsync(Body(host.AnyModelOf(provider), "Hello", ("max_tokens", 2_000_000)), MessagesPath);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Fields_without_a_counterpart_are_ignored_elsewhere_and_listed()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();

        var response = await account.ChatAsync(
            Body(host.AnyModelOf("groq"), "Hello", ("context_management", new { edits = Array.Empty<object>() })), $"{MessagesPath}?beta=true");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("context_management", response.Header("X-OpsCenter-Dropped-Params"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_Anthropic_understands_goes_there_or_is_refused_by_name()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        var document = ("messages", (object?)new[] { new { role = "user", content = new object[] { new { type = "document", source = new { type = "base64", media_type = "application/pdf", data = "JVBERi0=" } } } } });

        var served = await account.ChatAsync(Body("auto-precision", "", document), MessagesPath);
        var refused = await account.ChatAsync(Body(host.AnyModelOf("groq"), "", document), MessagesPath);
        var error = (await refused.JsonAsync()).GetProperty("error");

        Assert.Equal("sandbox/anthropic", served.Header("X-Provider-Used"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Contains("messages[0].content[0] of type document", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("groq")]
    [InlineData("anthropic")]
    public async Task A_stream_that_breaks_ends_with_an_error_event_and_without_message_stop(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();

        var stream = await account.StreamAsync(Body(host.AnyModelOf(provider), "[[fault:cut-after-3]] Hello"), MessagesPath);

        var last = JsonDocument.Parse(stream.Events[^1]).RootElement;
        Assert.Equal("error", last.GetProperty("type").GetString());
        Assert.Equal("api_error", last.GetProperty("error").GetProperty("type").GetString());
        Assert.DoesNotContain(stream.Events, data => data.Contains("message_stop", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"model":"auto","messages":[{"role":"user","content":"hi"}]}""", "max_tokens")]
    [InlineData("""{"model":"auto","max_tokens":0,"messages":[{"role":"user","content":"hi"}]}""", "max_tokens")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[]}""", "messages")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"wizard","content":"hi"}]}""", "messages[0].role")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text"}]}]}""", "messages[0].content[0].text")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}""", "tool_use_id")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{}}]}]}""", "image")]
    [InlineData("""{"model":"auto","max_tokens":9,"system":7,"messages":[{"role":"user","content":"hi"}]}""", "system")]
    [InlineData("""{"model":"auto","max_tokens":9,"tools":{},"messages":[{"role":"user","content":"hi"}]}""", "tools")]
    [InlineData("""{"model":"auto","max_tokens":9,"tool_choice":"auto","messages":[{"role":"user","content":"hi"}]}""", "tool_choice")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":"\ud83d"}]}""", "surrogates")]
    [InlineData("""{"model":"auto","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"model":"auto"}""", "model")]
    [InlineData("[]", "object")]
    [InlineData("", "empty")]
    public async Task A_wrong_request_is_refused_in_Anthropics_words(string body, string named)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        var response = await account.Http.PostAsync(new Uri(MessagesPath, UriKind.Relative), content, TestContext.Current.CancellationToken);
        var error = await response.JsonAsync();

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("error").GetProperty("type").GetString());
        Assert.Contains(named, error.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(response.Header("request-id"), error.GetProperty("request_id").GetString());
        Assert.Equal(NanoUsd.FromUsd(1), (await account.SettledBalanceAsync()).Available);
    }

    [Fact]
    public async Task Without_a_key_and_without_credit_the_refusal_is_in_Anthropics_words_too()
    {
        var host = await shared.HostAsync();
        var poor = await host.NewAccountAsync(credit: "0.000001");

        var keyless = await host.Http.PostAsJsonAsync(MessagesPath, Body("auto", "hi"), TestContext.Current.CancellationToken);
        var broke = await poor.ChatAsync(Body("openai/gpt-4o-mini", "hi"), MessagesPath);
        var unknown = await poor.ChatAsync(Body("no-such-model", "hi"), MessagesPath);

        Assert.Equal((HttpStatusCode.Unauthorized, "authentication_error"), (keyless.StatusCode, await TypeAsync(keyless)));
        Assert.StartsWith("req_", keyless.Header("request-id"), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.PaymentRequired, "billing_error"), (broke.StatusCode, await TypeAsync(broke)));
        Assert.Equal((HttpStatusCode.NotFound, "not_found_error"), (unknown.StatusCode, await TypeAsync(unknown)));

        static async Task<string?> TypeAsync(HttpResponseMessage response) => (await response.JsonAsync()).GetProperty("error").GetProperty("type").GetString();
    }

    [Fact]
    public async Task Tokens_are_counted_free_of_charge_and_called_an_estimate()
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "0");

        var response = await account.ChatAsync(
            new { model = "claude-sonnet-4.5", system = "Be brief.", messages = new[] { new { role = "user", content = "Hello there" } } }, $"{MessagesPath}/count_tokens");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("estimate", response.Header("X-Token-Count"));
        Assert.InRange((await response.JsonAsync()).GetProperty("input_tokens").GetInt32(), 4, 40);
    }

    private static Dictionary<string, object?> Body(string model, string prompt, params (string Name, object? Value)[] more) =>
        ChatClientExtensions.Chat(prompt, [("model", model), ("max_tokens", 400), .. more]);

    private static string Text(JsonElement message) => string.Concat(message.GetProperty("content").EnumerateArray()
        .Where(block => block.GetProperty("type").GetString() == "text")
        .Select(block => block.GetProperty("text").GetString()));
}
