using System.Net;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Responses;

/// <summary>OpenAI's other two ways to ask: responses and, older than both, completions.</summary>
public sealed class ResponsesTests(SharedHost shared)
{
    private const string ResponsesPath = "/v1/responses";
    private const string CompletionsPath = "/v1/completions";

    private static readonly object Weather = new
    {
        type = "function",
        name = "weather",
        parameters = new { type = "object", properties = new { city = new { type = "string" } } },
    };

    public static TheoryData<string> Providers => ["anthropic", "groq", "openai"];

    [Theory, MemberData(nameof(Providers))]
    public async Task A_response_streams_in_order_and_ends_as_the_whole_one(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync(credit: "10");
        Dictionary<string, object?> body = new() { ["model"] = host.AnyModelOf(provider), ["instructions"] = "Be brief.", ["input"] = "Tell me about rivers." };

        var whole = await (await account.ChatAsync(body, ResponsesPath)).JsonAsync();
        var stream = await account.StreamAsync(body, ResponsesPath);
        var events = stream.Chunks.ToList();
        var types = events.ConvertAll(e => e.GetProperty("type").GetString()!);

        Assert.Equal("completed", whole.GetProperty("status").GetString());
        Assert.Contains("Sandbox", Text(whole), StringComparison.Ordinal);
        Assert.False(stream.Broken);
        Assert.Equal(["response.created", "response.in_progress", "response.output_item.added"], types.Take(3));
        Assert.Equal("response.completed", types[^1]);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        var last = events[^1].GetProperty("response");
        Assert.Equal(Text(whole), Text(last));
        Assert.Equal(
            Text(last),
            string.Concat(events.Where(e => e.GetProperty("type").GetString() == "response.output_text.delta").Select(e => e.GetProperty("delta").GetString())));
        Assert.Equal(whole.GetProperty("usage").GetProperty("output_tokens").GetInt32(), last.GetProperty("usage").GetProperty("output_tokens").GetInt32());
        Assert.True((await account.SettledBalanceAsync()).Posted < NanoUsd.FromUsd(10));
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_function_is_called_alike_whole_and_streamed_and_its_output_is_heard(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        Dictionary<string, object?> body = new()
        {
            ["model"] = host.AnyModelOf(provider),
            ["input"] = "What is the weather in Rome?",
            ["tools"] = new[] { Weather },
            ["tool_choice"] = "required",
        };

        var call = Call(await (await account.ChatAsync(body, ResponsesPath)).JsonAsync());
        var streamed = Call((await account.StreamAsync(body, ResponsesPath)).Last.GetProperty("response"));
        var answer = await (await account.ChatAsync(
            new
            {
                model = host.AnyModelOf(provider),
                tools = new[] { Weather },
                input = new object[]
                {
                    new { role = "user", content = new[] { new { type = "input_text", text = "What is the weather in Rome?" } } },
                    call,
                    new { type = "function_call_output", call_id = call.GetProperty("call_id").GetString(), output = "Sunny, 24 degrees" },
                },
            },
            ResponsesPath)).JsonAsync();

        Assert.Equal("weather", call.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(call.GetProperty("arguments").GetString()!).RootElement.ValueKind);
        Assert.Equal(call.GetProperty("arguments").GetString(), streamed.GetProperty("arguments").GetString());
        Assert.Contains("Sunny, 24 degrees", Text(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schema_for_the_text_is_obeyed()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        var schema = new { type = "object", properties = new { name = new { type = "string" } }, required = new[] { "name" }, additionalProperties = false };

        var answer = await (await account.ChatAsync(
            new { model = "auto-precision", input = "Name a river", text = new { format = new { type = "json_schema", name = "river", schema, strict = true } } }, ResponsesPath)).JsonAsync();

        Assert.Equal(JsonValueKind.String, JsonDocument.Parse(Text(answer)).RootElement.GetProperty("name").ValueKind);
    }

    [Fact]
    public async Task A_response_that_breaks_does_not_look_complete()
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();

        var stream = await account.StreamAsync(
            new Dictionary<string, object?> { ["model"] = host.AnyModelOf("groq"), ["input"] = "[[fault:cut-after-3]] Hello" }, ResponsesPath);

        Assert.True(stream.Broken);
        Assert.Equal("error", stream.Last.GetProperty("type").GetString());
        Assert.Equal("upstream_error", stream.Last.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"input":"hi","store":true}""", "unsupported_parameter", "store")]
    [InlineData("""{"input":"hi","previous_response_id":"resp_1"}""", "unsupported_parameter", "previous_response_id")]
    [InlineData("""{"input":"hi","background":true}""", "unsupported_parameter", "background")]
    [InlineData("""{"input":"hi","tools":[{"type":"web_search"}]}""", "unsupported_parameter", "tools[0].type")]
    [InlineData("""{"model":"auto"}""", "invalid_request", "input")]
    [InlineData("""{"input":[]}""", "invalid_request", "input")]
    [InlineData("""{"input":[{"role":"user"}]}""", "invalid_request", "input[0].content")]
    [InlineData("""{"input":[{"type":"item_reference","id":"x"}]}""", "invalid_request", "input[0].type")]
    [InlineData("""{"input":"hi","max_output_tokens":0}""", "invalid_request", "max_completion_tokens")]
    public async Task What_needs_a_memory_or_is_wrong_is_refused_by_name(string body, string code, string param)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync(credit: "1");
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var response = await account.Http.PostAsync(new Uri(ResponsesPath, UriKind.Relative), content, TestContext.Current.CancellationToken);
        var error = (await response.JsonAsync()).GetProperty("error");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal((code, param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.Equal(NanoUsd.FromUsd(1), (await account.SettledBalanceAsync()).Available);
    }

    [Theory, MemberData(nameof(Providers))]
    public async Task A_prompt_is_completed_alike_whole_and_streamed(string provider)
    {
        var host = await shared.HostAsync();
        var account = await host.NewAccountAsync();
        Dictionary<string, object?> body = new() { ["model"] = host.AnyModelOf(provider), ["prompt"] = "Tell me about rivers." };

        var whole = await (await account.ChatAsync(body, CompletionsPath)).JsonAsync();
        body["stream_options"] = new { include_usage = true };
        var stream = await account.StreamAsync(body, CompletionsPath);

        Assert.Equal("text_completion", whole.GetProperty("object").GetString());
        Assert.Contains("Sandbox", whole.GetProperty("choices")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(stream.Done);
        Assert.All(stream.Chunks, chunk => Assert.Equal("text_completion", chunk.GetProperty("object").GetString()));
        Assert.Equal(
            whole.GetProperty("choices")[0].GetProperty("text").GetString(),
            string.Concat(stream.Chunks.SelectMany(chunk => chunk.GetProperty("choices").EnumerateArray()).Select(choice => choice.GetProperty("text").GetString())));
        Assert.Equal(whole.GetProperty("usage").GetProperty("total_tokens").GetInt32(), stream.Last.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData("""{"prompt":["a","b"]}""", "prompt")]
    [InlineData("""{"prompt":"a","suffix":"b"}""", "suffix")]
    [InlineData("""{"prompt":"a","echo":true}""", "echo")]
    public async Task What_a_chat_cannot_complete_is_refused_by_name(string body, string param)
    {
        var account = await (await shared.HostAsync()).NewAccountAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var response = await account.Http.PostAsync(new Uri(CompletionsPath, UriKind.Relative), content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(param, (await response.JsonAsync()).GetProperty("error").GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("GET")]
    public async Task Somebody_is_there(string method)
    {
        var host = await shared.HostAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), "/");

        Assert.Equal(HttpStatusCode.OK, (await host.Http.SendAsync(request, TestContext.Current.CancellationToken)).StatusCode);
    }

    private static JsonElement Call(JsonElement response) =>
        response.GetProperty("output").EnumerateArray().Single(item => item.GetProperty("type").GetString() == "function_call");

    private static string Text(JsonElement response) => string.Concat(response.GetProperty("output").EnumerateArray()
        .Where(item => item.GetProperty("type").GetString() == "message")
        .SelectMany(item => item.GetProperty("content").EnumerateArray())
        .Select(part => part.GetProperty("text").GetString()));
}
