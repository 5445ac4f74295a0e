using System.Net.Http.Json;
using System.Text.Json;

namespace OpsCenter.Tests.Sandbox;

public sealed class SandboxLogTests(SandboxServer server) : IClassFixture<SandboxServer>
{
    [Fact]
    public async Task The_log_tells_who_called_and_what_it_cost()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "sandbox/groq/v1/chat/completions")
        {
            Content = JsonContent.Create(SandboxServer.Chat("Hello", new { model = "logged" }, stream: true)),
        };
        request.Headers.Add("Idempotency-Key", "once");
        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var chunks = await SandboxServer.EventsAsync(response);

        var call = await server.CallAsync("logged");
        Assert.Equal(("groq", "abcd", "once", 200, true, false), (call.Upstream, call.KeyTail, call.IdempotencyKey, call.Status, call.Streamed, call.HungUp));
        var usage = chunks[^1].GetProperty("x_groq").GetProperty("usage");
        Assert.Equal(usage.GetProperty("prompt_tokens").GetInt32(), call.PromptTokens);
        Assert.Equal(usage.GetProperty("completion_tokens").GetInt32(), call.CompletionTokens);
        Assert.Equal(call.CompletionTokens, call.Reported!.Value.Completion);
    }

    [Fact]
    public async Task It_can_be_read_over_http_by_upstream()
    {
        using var one = await server.ChatAsync("vllm", "Hello");
        using var other = await server.ChatAsync("openrouter", "Hello");
        var calls = await server.Client.GetFromJsonAsync<JsonElement>("sandbox/log?upstream=openrouter", TestContext.Current.CancellationToken);

        Assert.All(calls.EnumerateArray(), call => Assert.Equal("openrouter", call.GetProperty("upstream").GetString()));
        Assert.NotEqual(0, calls[0].GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_stream_that_reports_nothing_is_still_billed()
    {
        using var response = await server.ChatAsync("openai", "Hello", new { model = "unreported" }, stream: true);
        await SandboxServer.TextAsync(response);

        var call = await server.CallAsync("unreported");
        Assert.Null(call.Reported);
        Assert.True(call.CompletionTokens > 0);
    }

    [Fact]
    public async Task A_client_that_leaves_is_billed_for_what_was_produced()
    {
        var slow = SandboxServer.Chat("[[fault:slow-1]]", new { model = "left" }, stream: true);
        using (var response = await server.SendAsync("sandbox/openai/v1/chat/completions", slow))
        {
            await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            using var reader = new StreamReader(body);
            await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        var call = await server.CallAsync("left");
        Assert.True(call.HungUp);
        Assert.InRange(call.CompletionTokens, 1, 5);
    }
}
