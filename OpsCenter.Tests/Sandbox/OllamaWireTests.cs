using System.Text.Json;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class OllamaWireTests(SandboxServer server) : IClassFixture<SandboxServer>
{
    [Fact]
    public async Task It_streams_lines_unless_told_not_to_and_counts_in_the_last()
    {
        var body = SandboxServer.Chat("Hello");
        body.Remove("stream");
        using var response = await server.SendAsync("sandbox/ollama/api/chat", body);
        JsonElement[] lines =
        [
            .. (await SandboxServer.TextAsync(response)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)),
        ];

        Assert.Equal("application/x-ndjson", response.Content.Headers.ContentType!.MediaType);
        var text = string.Concat(lines.Select(line => line.GetProperty("message").GetProperty("content").GetString()));
        Assert.Equal(TokenCounter.Count(text), lines[^1].GetProperty("eval_count").GetInt32());
        Assert.All(lines[..^1], line => Assert.False(line.GetProperty("done").GetBoolean()));
        Assert.True(lines[^1].GetProperty("done").GetBoolean());
    }

    [Fact]
    public async Task A_tool_is_called_with_an_object()
    {
        object tool = new { type = "function", function = new { name = "look_up", parameters = new { type = "object", properties = new { query = new { type = "string" } } } } };
        using var response = await server.SendAsync("sandbox/ollama/api/chat", SandboxServer.Chat("look up owls", new { tools = new[] { tool } }));
        var call = (await SandboxServer.JsonAsync(response)).GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");

        Assert.Equal("look up owls", call.GetProperty("arguments").GetProperty("query").GetString());
    }

    [Fact]
    public async Task It_needs_no_key_and_lists_its_models()
    {
        using var stranger = new HttpClient { BaseAddress = server.Client.BaseAddress };
        var tags = await SandboxServer.JsonAsync(await stranger.GetAsync("sandbox/ollama/api/tags", TestContext.Current.CancellationToken));

        Assert.Equal("llama3.2:latest", tags.GetProperty("models")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task An_unknown_model_is_refused_in_one_sentence()
    {
        using var response = await server.SendAsync("sandbox/ollama/api/chat", SandboxServer.Chat("Hello", new { model = "no-such" }));

        Assert.Equal("{\"error\":\"model 'no-such' not found\"}", await SandboxServer.TextAsync(response));
    }
}
