using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class FaultTests(SandboxServer server) : IClassFixture<SandboxServer>
{
    [Theory]
    [InlineData("429", 429)]
    [InlineData("500", 500)]
    [InlineData("503", 503)]
    [InlineData("529", 529)]
    [InlineData("401", 401)]
    [InlineData("403", 403)]
    [InlineData("404", 404)]
    [InlineData("408", 408)]
    [InlineData("409", 409)]
    [InlineData("413", 413)]
    [InlineData("context-length", 400)]
    [InlineData("content-policy", 400)]
    public async Task A_refusal_speaks_every_providers_language_and_costs_nothing(string fault, int status)
    {
        var model = $"refuse-{fault}";
        using var openAi = await server.ChatAsync("openai", $"[[fault:{fault}]]", new { model });
        using var anthropic = await server.MessagesAsync($"[[fault:{fault}]]");

        Assert.Equal((status, status), ((int)openAi.StatusCode, (int)anthropic.StatusCode));
        Assert.NotEqual("", (await SandboxServer.JsonAsync(openAi)).GetProperty("error").GetProperty("message").GetString());
        Assert.Equal("error", (await SandboxServer.JsonAsync(anthropic)).GetProperty("type").GetString());
        var call = await server.CallAsync(model);
        Assert.Equal((status, 0, 0), (call.Status, call.PromptTokens, call.CompletionTokens));
    }

    [Theory]
    [InlineData("429", null)]
    [InlineData("429-7", "7")]
    [InlineData("503-2", "2")]
    public async Task A_refusal_says_when_to_come_back_if_told_to(string fault, string? seconds)
    {
        using var response = await server.ChatAsync("groq", $"[[fault:{fault}]]");

        Assert.Equal(seconds, response.Headers.RetryAfter?.ToString());
    }

    [Fact]
    public async Task A_switch_befalls_as_many_calls_as_it_is_told_and_then_the_next_ones_turn_comes()
    {
        await SwitchOnAsync("fireworks", new { kind = "503", times = 2 });
        await SwitchOnAsync("fireworks", new { kind = "429", number = 3, times = 1 });
        var listed = await server.Client.GetStringAsync("sandbox/faults", TestContext.Current.CancellationToken);
        Assert.Contains("""{"upstream":"fireworks","kind":"503","number":null,"times":2}""", listed, StringComparison.Ordinal);

        var statuses = new List<int>();
        for (var call = 0; call < 4; call++)
        {
            using var response = await server.ChatAsync("fireworks", "Hello");
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal([503, 503, 429, 200], statuses);
    }

    [Fact]
    public async Task A_switch_without_end_lasts_until_it_is_cleared()
    {
        await SwitchOnAsync("together", new { kind = "500" });
        using var broken = await server.ChatAsync("together", "Hello");
        await server.Client.DeleteAsync("sandbox/faults/together", TestContext.Current.CancellationToken);
        using var mended = await server.ChatAsync("together", "Hello");

        Assert.Equal([HttpStatusCode.InternalServerError, HttpStatusCode.OK], [broken.StatusCode, mended.StatusCode]);
    }

    [Fact]
    public async Task An_unknown_fault_is_not_silently_ignored()
    {
        using var marked = await server.ChatAsync("openai", "[[fault:typo]]");
        using var switched = await server.Client.PostAsJsonAsync("sandbox/faults/openai", new { kind = "typo" }, TestContext.Current.CancellationToken);

        Assert.Equal([HttpStatusCode.BadRequest, HttpStatusCode.BadRequest], [marked.StatusCode, switched.StatusCode]);
    }

    [Theory]
    [InlineData("cut-after-3", 3)]
    [InlineData("cut-before-first-token", 0)]
    public async Task A_cut_ends_the_connection_and_what_was_produced_is_billed(string fault, int tokens)
    {
        var model = $"stream-{fault}";
        using var response = await server.ChatAsync("openai", $"[[fault:{fault}]]", new { model }, stream: true);
        var received = new StringBuilder();
        await Assert.ThrowsAnyAsync<Exception>(() => CopyAsync(response, received));

        var call = await server.CallAsync(model);
        Assert.Equal((tokens, false), (call.CompletionTokens, call.HungUp));
        Assert.Equal(tokens, received.ToString().Split("\"content\":\"").Length - 1 - (tokens > 0 ? 1 : 0));
    }

    [Theory]
    [InlineData("stall-before-headers", 0)]
    [InlineData("stall-before-first-token", 0)]
    [InlineData("stall-mid-stream-4", 4)]
    public async Task A_stall_lasts_until_the_client_leaves(string fault, int tokens)
    {
        var model = $"stall-{fault}";
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Post, "sandbox/vllm/v1/chat/completions")
        {
            Content = JsonContent.Create(SandboxServer.Chat($"[[fault:{fault}]]", new { model }, stream: true)),
        };
        var sending = server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        if (fault == "stall-before-headers")
        {
            while (!server.Log.Calls.Any(call => call.Model == model))
                await Task.Yield();
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }
        else
        {
            (await sending).Dispose();
        }

        var call = await server.CallAsync(model);
        Assert.Equal((true, tokens), (call.HungUp, call.CompletionTokens));
    }

    [Theory]
    [InlineData("negative-usage", -1)]
    [InlineData("zero-usage", 0)]
    [InlineData("huge-usage", 1_000_000_000_000)]
    public async Task A_false_report_does_not_change_the_truth(string fault, long reported)
    {
        var model = $"report-{fault}";
        using var response = await server.ChatAsync("deepinfra", $"[[fault:{fault}]]", new { model });
        var usage = (await SandboxServer.JsonAsync(response)).GetProperty("usage").GetProperty("completion_tokens").GetInt64();

        var call = await server.CallAsync(model);
        Assert.True(call.CompletionTokens > 0);
        Assert.Equal(reported, reported < 0 ? usage / call.CompletionTokens : usage);
        Assert.Equal(usage, call.Reported!.Value.Completion);
    }

    [Theory]
    [InlineData("silent-usage", 0)]
    [InlineData("usage-twice", 2)]
    [InlineData("usage-in-content-chunk", 1)]
    public async Task Usage_comes_as_often_as_the_fault_says(string fault, int times)
    {
        using var response = await server.ChatAsync("deepinfra", $"[[fault:{fault}]]", stream: true);
        var chunks = await SandboxServer.EventsAsync(response);

        JsonElement[] said = [.. chunks.Where(chunk => chunk.TryGetProperty("usage", out _))];
        Assert.Equal(times, said.Length);
        if (fault == "usage-in-content-chunk")
            Assert.Equal(1, said[0].GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task An_error_may_hide_in_a_200()
    {
        using var whole = await server.ChatAsync("openai", "[[fault:error-in-200]]");
        using var streamed = await server.ChatAsync("openai", "[[fault:error-in-200-2]]", stream: true);
        using var anthropic = await server.MessagesAsync("[[fault:error-in-200]]", stream: true);

        Assert.True((await SandboxServer.JsonAsync(whole)).TryGetProperty("error", out _));
        Assert.True((await SandboxServer.EventsAsync(streamed))[^1].TryGetProperty("error", out _));
        Assert.Contains("event: error\n", await SandboxServer.TextAsync(anthropic), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("garbage-sse")]
    [InlineData("missing-done")]
    public async Task A_stream_may_lack_its_end(string fault)
    {
        using var response = await server.ChatAsync("openai", $"[[fault:{fault}]]", stream: true);

        Assert.DoesNotContain("[DONE]", await SandboxServer.TextAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_may_be_empty()
    {
        using var response = await server.ChatAsync("openai", "[[fault:empty-answer]]");
        var answer = await SandboxServer.JsonAsync(response);

        Assert.Equal("", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        Assert.Equal(0, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task A_line_may_be_huge()
    {
        using var response = await server.ChatAsync("openai", "[[fault:huge-line-2]]", stream: true);

        Assert.Contains((await SandboxServer.TextAsync(response)).Split('\n'), line => line.Length > 2 * 1024 * 1024);
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task Bytes_may_be_no_text(bool stream)
    {
        using var response = await server.ChatAsync("openai", "[[fault:invalid-utf8]]", stream: stream);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Throws<DecoderFallbackException>(() => new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes));
    }

    [Theory]
    [InlineData("wrong-content-type", 200, "text/plain")]
    [InlineData("html-error", 502, "text/html")]
    public async Task The_content_type_may_surprise(string fault, int status, string type)
    {
        using var response = await server.ChatAsync("openai", $"[[fault:{fault}]]", stream: true);

        Assert.Equal((status, type), ((int)response.StatusCode, response.Content.Headers.ContentType!.MediaType));
    }

    [Fact]
    public void Every_name_is_a_fault_and_a_number_may_follow() => Assert.All(Fault.Names, name =>
    {
        Assert.NotNull(Fault.Parse(name));
        Assert.Equal(4, Fault.Parse($"{name}-4")?.Number);
    });

    private static async Task CopyAsync(HttpResponseMessage response, StringBuilder received)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            received.AppendLine(line);
    }

    private async Task SwitchOnAsync(string upstream, object fault)
    {
        using var response = await server.Client.PostAsJsonAsync($"sandbox/faults/{upstream}", fault, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
