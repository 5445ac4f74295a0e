using System.ClientModel;
using System.Net;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class OpenAiWireTests(SandboxServer server) : IClassFixture<SandboxServer>
{
    public static readonly TheoryData<string> Upstreams = new(Providers.Compatible.Select(provider => provider.Name));

    private static readonly object WeatherTool = new
    {
        type = "function",
        function = new
        {
            name = "get_weather",
            parameters = new
            {
                type = "object",
                properties = new { city = new { type = "string" }, days = new { type = "integer", maximum = 3 }, note = new { type = "string" } },
                required = new[] { "city", "days" },
            },
        },
    };

    [Theory, MemberData(nameof(Upstreams))]
    public async Task The_official_client_reads_whole_and_streamed_answers_with_the_same_text_and_bill(string upstream)
    {
        var client = Client(upstream, $"chat-{upstream}");
        ChatCompletion whole = await client.CompleteChatAsync([new UserChatMessage("Say something kind")], cancellationToken: TestContext.Current.CancellationToken);

        var text = "";
        ChatTokenUsage? usage = null;
        ChatFinishReason? finish = null;
        await foreach (var update in client.CompleteChatStreamingAsync([new UserChatMessage("Say something kind")], cancellationToken: TestContext.Current.CancellationToken))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            finish = update.FinishReason ?? finish;
        }

        Assert.StartsWith($"[Sandbox: {upstream}, chat-{upstream}] You wrote: \"Say something kind\"", whole.Content[0].Text, StringComparison.Ordinal);
        Assert.Equal(whole.Content[0].Text, text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.Equal(TokenCounter.Count(text), usage!.OutputTokenCount);
        Assert.Equal((whole.Usage.InputTokenCount, whole.Usage.OutputTokenCount), (usage.InputTokenCount, usage.OutputTokenCount));
        Assert.Equal(TokenCounter.Count("Say something kind") + TokenCounter.PerMessage + TokenCounter.PerPrompt, usage.InputTokenCount);
    }

    [Theory]
    [InlineData("openai", 0, false)]
    [InlineData("vllm", 0, false)]
    [InlineData("huggingface", 0, false)]
    [InlineData("together", 1, false)]
    [InlineData("fireworks", 1, false)]
    [InlineData("deepinfra", 1, true)]
    [InlineData("openrouter", 1, false)]
    public async Task Usage_that_nobody_asked_for_comes_where_the_provider_puts_it(string upstream, int times, bool withoutChoices)
    {
        using var response = await server.ChatAsync(upstream, "Hello", stream: true);
        var chunks = await SandboxServer.EventsAsync(response);

        JsonElement[] said = [.. chunks.Where(chunk => chunk.TryGetProperty("usage", out var usage) && usage.ValueKind is JsonValueKind.Object)];
        Assert.Equal(times, said.Length);
        Assert.All(said, chunk => Assert.Equal(withoutChoices, chunk.GetProperty("choices").GetArrayLength() == 0));
    }

    [Fact]
    public async Task Groq_says_its_usage_on_the_finish_chunk_in_a_field_of_its_own()
    {
        using var response = await server.ChatAsync("groq", "Hello", stream: true);
        var last = (await SandboxServer.EventsAsync(response))[^1];

        Assert.Equal("stop", last.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.True(last.GetProperty("x_groq").GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task OpenRouter_comments_while_it_waits_and_says_what_the_answer_cost()
    {
        using var response = await server.ChatAsync("openrouter", "Hello", stream: true);
        var text = await SandboxServer.TextAsync(response);

        Assert.StartsWith(": OPENROUTER PROCESSING\n\n", text, StringComparison.Ordinal);
        Assert.Contains("\"cost\":0.0000", text, StringComparison.Ordinal);
        Assert.Contains("\"provider\":\"Sandbox\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_tool_is_called_with_arguments_that_satisfy_its_schema_and_arrive_in_pieces()
    {
        using var response = await server.ChatAsync("openai", "Please get_weather for me", new { tools = new[] { WeatherTool } }, stream: true);
        var chunks = await SandboxServer.EventsAsync(response);
        JsonElement[] calls =
        [
            .. chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
                .Where(delta => delta.TryGetProperty("tool_calls", out _))
                .Select(delta => delta.GetProperty("tool_calls")[0]),
        ];

        Assert.True(calls.Length > 2);
        Assert.Equal("get_weather", calls[0].GetProperty("function").GetProperty("name").GetString());
        var arguments = string.Concat(calls.Select(call => call.GetProperty("function").GetProperty("arguments").GetString()));
        Assert.Equal("""{"city":"Paris","days":3}""", arguments);
        Assert.Equal("tool_calls", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Several_named_tools_are_called_in_parallel_and_a_result_is_quoted()
    {
        object Named(string name) => new { type = "function", function = new { name } };
        using var called = await server.ChatAsync("groq", "Use alpha and beta", new { tools = new[] { Named("alpha"), Named("beta"), Named("gamma") } });
        var message = (await SandboxServer.JsonAsync(called)).GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(2, message.GetProperty("tool_calls").GetArrayLength());

        object[] dialogue = [new { role = "user", content = "Use alpha" }, new { role = "tool", tool_call_id = "1", content = "forty-two" }];
        using var answered = await server.ChatAsync("groq", "", new { tools = new[] { Named("alpha") }, messages = dialogue });
        Assert.Contains("forty-two", await SandboxServer.TextAsync(answered), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_json_schema_is_satisfied()
    {
        var schema = JsonElement.Parse("""
            {"type":"object","required":["kind","items","when"],"properties":{
              "kind":{"enum":["a","b"]},"items":{"type":"array","minItems":2,"items":{"$ref":"#/$defs/item"}},
              "when":{"type":["null","string"],"format":"date"}},
             "$defs":{"item":{"type":"object","required":["price"],"properties":{"price":{"type":"number","minimum":10}}}}}
            """);
        using var response = await server.ChatAsync("openai", "Go", new { response_format = new { type = "json_schema", json_schema = new { name = "x", schema } } });
        var content = (await SandboxServer.JsonAsync(response)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString();

        Assert.Equal("""{"kind":"a","items":[{"price":10},{"price":10}],"when":"2026-01-31"}""", content);
    }

    [Fact]
    public async Task The_limit_and_stop_sequences_end_an_answer()
    {
        using var limited = await server.ChatAsync("openai", "Hello", new { max_tokens = 5 });
        var short_ = await SandboxServer.JsonAsync(limited);
        Assert.Equal("length", short_.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(5, short_.GetProperty("usage").GetProperty("completion_tokens").GetInt32());

        using var stopped = await server.ChatAsync("openai", "Hello", new { stop = "wrote" });
        Assert.EndsWith("] You ", (await SandboxServer.JsonAsync(stopped)).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_choices_are_answered_and_billed()
    {
        using var response = await server.ChatAsync("openai", "Hello", new { n = 3 });
        var answer = await SandboxServer.JsonAsync(response);

        string[] texts = [.. answer.GetProperty("choices").EnumerateArray().Select(choice => choice.GetProperty("message").GetProperty("content").GetString()!)];
        Assert.Equal(3, texts.Distinct().Count());
        Assert.Equal(texts.Sum(TokenCounter.Count), answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("deepinfra", "reasoning_content", true)]
    [InlineData("groq", "reasoning", true)]
    [InlineData("openai", "reasoning", false)]
    public async Task A_reasoning_model_is_billed_for_its_thoughts_and_shows_them_where_the_provider_does(string upstream, string field, bool shows)
    {
        using var response = await server.ChatAsync(upstream, "Hello", new { model = "deepseek-r1" });
        var answer = await SandboxServer.JsonAsync(response);

        Assert.Equal(shows, answer.GetProperty("choices")[0].GetProperty("message").TryGetProperty(field, out _));
        Assert.True(answer.GetProperty("usage").GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task A_long_system_prompt_is_cached_when_it_comes_again()
    {
        object[] messages = [new { role = "system", content = new string('s', 5000) }, new { role = "user", content = "Hello" }];
        using var first = await server.ChatAsync("openai", "", new { messages });
        using var second = await server.ChatAsync("openai", "", new { messages });

        Assert.Equal(0, Cached(await SandboxServer.JsonAsync(first)));
        Assert.Equal(1152, Cached(await SandboxServer.JsonAsync(second)));

        static int Cached(JsonElement answer) =>
            answer.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
    }

    [Theory]
    [InlineData("openai", "{\"error\":{\"message\":\"You didn't provide")]
    [InlineData("vllm", "{\"error\":\"Unauthorized\"}")]
    [InlineData("huggingface", "{\"error\":\"Invalid credentials in Authorization header\"}")]
    [InlineData("deepinfra", "{\"detail\":{\"error\":")]
    [InlineData("openrouter", "{\"error\":{\"message\":\"No auth credentials found\",\"code\":401}")]
    public async Task Without_a_key_each_provider_refuses_in_its_own_words(string upstream, string beginning)
    {
        using var stranger = new HttpClient { BaseAddress = server.Client.BaseAddress };
        using var response = await stranger.PostAsync($"sandbox/{upstream}/v1/chat/completions", new StringContent("{}"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith(beginning, await SandboxServer.TextAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("{}", 400)]
    [InlineData("{\"model\":5,\"messages\":[]}", 400)]
    [InlineData("{\"model\":\"no-such-model\",\"messages\":[]}", 404)]
    public async Task A_bad_request_is_refused(string body, int status)
    {
        using var response = await server.Client.PostAsync("sandbox/openai/v1/chat/completions", new StringContent(body), TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("invalid_request_error", (await SandboxServer.JsonAsync(response)).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Code_is_answered_with_a_block_of_code()
    {
        using var response = await server.ChatAsync("openai", "Write Python code to sort a list");

        Assert.Contains("```python", await SandboxServer.TextAsync(response), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Upstreams))]
    public async Task Models_are_listed(string upstream)
    {
        var answer = await SandboxServer.JsonAsync(await server.Client.GetAsync($"sandbox/{upstream}/v1/models", TestContext.Current.CancellationToken));
        var list = answer.ValueKind is JsonValueKind.Array ? answer : answer.GetProperty("data");

        Assert.NotEqual("", list[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task Embeddings_are_the_same_as_numbers_and_as_base64_and_near_for_near_texts()
    {
        var client = OpenAi("openai").GetEmbeddingClient("text-embedding-3-small");
        string[] inputs = ["the cat sat on the mat", "the cat sat on a mat", "quarterly revenue grew"];
        var packed = (await client.GenerateEmbeddingsAsync(inputs, cancellationToken: TestContext.Current.CancellationToken)).Value;

        using var response = await server.SendAsync("sandbox/openai/v1/embeddings", new() { ["model"] = "m", ["input"] = inputs[0] });
        float[] numbers = [.. (await SandboxServer.JsonAsync(response)).GetProperty("data")[0].GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle())];

        Assert.Equal(1536, numbers.Length);
        Assert.Equal(numbers, packed[0].ToFloats().ToArray());
        Assert.Equal(inputs.Sum(TokenCounter.Count), packed.Usage.InputTokenCount);
        Assert.True(Likeness(packed[0].ToFloats().Span, packed[1].ToFloats().Span) > 0.7f);
        Assert.True(Likeness(packed[0].ToFloats().Span, packed[2].ToFloats().Span) < 0.3f);
    }

    private static float Likeness(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var index = 0; index < a.Length; index++)
            sum += a[index] * b[index];
        return sum;
    }

    private OpenAIClient OpenAi(string upstream) => new(
        new ApiKeyCredential("sk-test-abcd"),
        new OpenAIClientOptions { Endpoint = server.At($"sandbox/{upstream}/v1") });

    private ChatClient Client(string upstream, string model) => OpenAi(upstream).GetChatClient(model);
}
