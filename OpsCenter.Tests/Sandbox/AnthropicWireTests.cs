using System.Net;
using System.Text.Json;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class AnthropicWireTests(SandboxServer server) : IClassFixture<SandboxServer>
{
    private static readonly string[] Stops = ["wrote"];

    private static readonly object[] Tools =
    [
        new { name = "get_time", input_schema = new { type = "object", required = new[] { "city" }, properties = new { city = new { type = "string" } } } },
        new { name = "get_news", input_schema = new { type = "object", properties = new { } } },
    ];

    [Fact]
    public async Task A_stream_opens_pings_speaks_and_closes_in_order()
    {
        using var response = await server.MessagesAsync("Hello", stream: true);
        var events = await SandboxServer.EventsAsync(response);

        Assert.Equal(
            ["message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            Kinds(events));
        Assert.Equal(1, events[0].GetProperty("message").GetProperty("usage").GetProperty("output_tokens").GetInt32());
        var text = string.Concat(events.Select(Delta).Select(delta => delta.TryGetProperty("text", out var piece) ? piece.GetString() : ""));
        Assert.StartsWith("[Sandbox: anthropic, test-model] You wrote: \"Hello\"", text, StringComparison.Ordinal);
        Assert.Equal(TokenCounter.Count(text), events[^2].GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task Thinking_comes_first_and_is_signed()
    {
        using var response = await server.MessagesAsync("Hello", new { thinking = new { type = "enabled", budget_tokens = 1024 } }, stream: true);
        var events = await SandboxServer.EventsAsync(response);

        var kinds = events.Select(Delta).Where(delta => delta.ValueKind is JsonValueKind.Object && delta.TryGetProperty("type", out _))
            .Select(delta => delta.GetProperty("type").GetString()).Distinct();
        Assert.Equal(["thinking_delta", "signature_delta", "text_delta"], kinds);
    }

    [Fact]
    public async Task Named_tools_are_used_whole_and_in_pieces_with_the_same_input()
    {
        using var whole = await server.MessagesAsync("get_time and get_news please", new { tools = Tools });
        var answer = await SandboxServer.JsonAsync(whole);
        Assert.Equal("tool_use", answer.GetProperty("stop_reason").GetString());
        Assert.Equal(2, answer.GetProperty("content").GetArrayLength());

        using var streamed = await server.MessagesAsync("get_time and get_news please", new { tools = Tools }, stream: true);
        var events = await SandboxServer.EventsAsync(streamed);
        var input = string.Concat(events
            .Where(item => item.TryGetProperty("index", out var index) && index.GetInt32() == 0)
            .Select(Delta)
            .Select(delta => delta.TryGetProperty("partial_json", out var piece) ? piece.GetString() : ""));
        Assert.Equal("""{"city":"Paris"}""", input);
        Assert.Equal(input, answer.GetProperty("content")[0].GetProperty("input").GetRawText());
        Assert.Equal(
            answer.GetProperty("usage").GetProperty("output_tokens").GetInt32(),
            events[^2].GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task A_marked_system_prompt_is_written_to_the_cache_and_then_read_from_it()
    {
        object[] system = [new { type = "text", text = new string('c', 6000), cache_control = new { type = "ephemeral" } }];
        using var first = await server.MessagesAsync("Hello", new { system });
        using var second = await server.MessagesAsync("Hello", new { system });
        var written = (await SandboxServer.JsonAsync(first)).GetProperty("usage");
        var read = (await SandboxServer.JsonAsync(second)).GetProperty("usage");

        Assert.Equal((1500, 0), (written.GetProperty("cache_creation_input_tokens").GetInt32(), written.GetProperty("cache_read_input_tokens").GetInt32()));
        Assert.Equal((0, 1500), (read.GetProperty("cache_creation_input_tokens").GetInt32(), read.GetProperty("cache_read_input_tokens").GetInt32()));
        Assert.Equal(written.GetProperty("input_tokens").GetInt32(), read.GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task Counted_tokens_are_the_tokens_billed()
    {
        using var counted = await server.SendAsync("sandbox/anthropic/v1/messages/count_tokens", SandboxServer.Chat("How many?"));
        using var answered = await server.MessagesAsync("How many?");

        Assert.Equal(
            (await SandboxServer.JsonAsync(counted)).GetProperty("input_tokens").GetInt32(),
            (await SandboxServer.JsonAsync(answered)).GetProperty("usage").GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task A_stop_sequence_is_named()
    {
        using var response = await server.MessagesAsync("Hello", new { stop_sequences = Stops });
        var answer = await SandboxServer.JsonAsync(response);

        Assert.Equal(("stop_sequence", "wrote"), (answer.GetProperty("stop_reason").GetString(), answer.GetProperty("stop_sequence").GetString()));
    }

    [Fact]
    public async Task Errors_carry_the_request_id_in_body_and_header()
    {
        using var response = await server.MessagesAsync("[[fault:529]]");
        var error = await SandboxServer.JsonAsync(response);

        Assert.Equal(529, (int)response.StatusCode);
        Assert.Equal("overloaded_error", error.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(response.Headers.GetValues("request-id").Single(), error.GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task The_version_header_and_the_limit_are_required_and_either_key_header_opens()
    {
        using var client = new HttpClient { BaseAddress = server.Client.BaseAddress };
        client.DefaultRequestHeaders.Add("x-api-key", "sk-ant-test");
        var body = """{"model":"m","max_tokens":10,"messages":[{"role":"user","content":"Hi"}]}""";
        var path = "sandbox/anthropic/v1/messages";
        using var unversioned = await client.PostAsync(path, new StringContent(body), TestContext.Current.CancellationToken);
        client.DefaultRequestHeaders.Add("anthropic-version", "2026-10-21");
        using var unlimited = await client.PostAsync(path, new StringContent(body.Replace("\"max_tokens\":10,", "", StringComparison.Ordinal)), TestContext.Current.CancellationToken);
        using var good = await client.PostAsync(path, new StringContent(body), TestContext.Current.CancellationToken);

        Assert.Equal(
            [HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.OK],
            [unversioned.StatusCode, unlimited.StatusCode, good.StatusCode]);
    }

    /// <summary>The events' types; neighbours of the same type are one.</summary>
    private static List<string> Kinds(JsonElement[] events)
    {
        var kinds = new List<string>();
        foreach (var item in events)
        {
            if (item.GetProperty("type").GetString() is { } kind && kinds.LastOrDefault() != kind)
                kinds.Add(kind);
        }

        return kinds;
    }

    private static JsonElement Delta(JsonElement item) =>
        item.TryGetProperty("delta", out var delta) ? delta : JsonElement.Parse("{}");
}
