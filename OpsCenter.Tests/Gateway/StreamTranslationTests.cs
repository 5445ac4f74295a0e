using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Tests.Gateway;

public sealed class StreamTranslationTests
{
    private const string OpenAiStream =
        """
        : OPENROUTER PROCESSING

        data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

        data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Grüße"},"finish_reason":null}]}

        data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

        data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":4}}}

        data: [DONE]


        """;

    private const string AnthropicStream =
        """
        event: message_start
        data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[],"stop_reason":null,"usage":{"input_tokens":8,"cache_read_input_tokens":4,"output_tokens":1}}}

        event: content_block_start
        data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

        event: ping
        data: {"type":"ping"}

        event: content_block_delta
        data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":0}

        event: content_block_start
        data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{}}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}

        event: content_block_delta
        data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"Rome\"}"}}

        event: content_block_stop
        data: {"type":"content_block_stop","index":1}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":9}}

        event: message_stop
        data: {"type":"message_stop"}


        """;

    [Fact]
    public async Task Usage_is_read_and_the_caller_sees_the_same_wherever_the_network_cuts()
    {
        var whole = await RunAsync(new OpenAiDialect(), OpenAiStream, int.MaxValue);
        for (var size = 1; size < 200; size++)
        {
            var cut = await RunAsync(new OpenAiDialect(), OpenAiStream, size);

            Assert.Equal(whole.Output, cut.Output);
            Assert.Equal(new TokenCounts(12, 3, CachedInput: 4), cut.State.Usage);
            Assert.True(cut.State.Finished);
        }
    }

    [Fact]
    public async Task OpenAi_chunks_pass_unchanged_but_for_the_provider_in_the_first_and_without_the_usage_chunk()
    {
        var (output, _) = await RunAsync(new OpenAiDialect(), OpenAiStream, 7);
        var events = Events(output);

        Assert.Equal(3, events.Count);
        Assert.StartsWith("{\"provider\":\"groq\",\"id\":\"c1\"", events[0], StringComparison.Ordinal);
        Assert.Contains(events[1], OpenAiStream, StringComparison.Ordinal);
        Assert.DoesNotContain("usage", output, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anthropic_events_become_OpenAi_chunks_wherever_the_network_cuts()
    {
        for (var size = 1; size < 120; size += 3)
        {
            var (output, state) = await RunAsync(new AnthropicDialect(), AnthropicStream, size);
            var chunks = Events(output).ConvertAll(data => JsonDocument.Parse(data).RootElement.GetProperty("choices")[0]);

            var text = string.Concat(chunks.Select(chunk => chunk.GetProperty("delta").TryGetProperty("content", out var content) ? content.GetString() : ""));
            var calls = chunks
                .Where(chunk => chunk.GetProperty("delta").TryGetProperty("tool_calls", out _))
                .Select(chunk => chunk.GetProperty("delta").GetProperty("tool_calls")[0])
                .ToList();
            Assert.Equal("Grüße", text);
            Assert.Equal("weather", calls[0].GetProperty("function").GetProperty("name").GetString());
            Assert.Equal("{\"city\":\"Rome\"}", string.Concat(calls.Select(call => call.GetProperty("function").GetProperty("arguments").GetString())));
            Assert.Equal("tool_calls", chunks[^1].GetProperty("finish_reason").GetString());
            Assert.Equal(new TokenCounts(12, 9, CachedInput: 4), state.Usage);
            Assert.True(state.Finished);
        }
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n", "Cut")]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\",\"code\":529}}\n\n", "Overloaded")]
    [InlineData("data: {\"choices\":[{\n\n", "Garbage")]
    public async Task A_stream_that_does_not_end_well_is_never_taken_for_finished(string stream, string kind)
    {
        var (_, state) = await RunAsync(new OpenAiDialect(), stream, 5);

        Assert.False(state.Finished);
        Assert.Equal(kind, state.Failure?.Kind.ToString());
    }

    [Fact]
    public async Task A_finish_reason_that_clients_do_not_know_becomes_stop()
    {
        var (output, _) = await RunAsync(
            new OpenAiDialect(),
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"eos\"}]}\n\ndata: [DONE]\n\n",
            9);

        Assert.Contains("\"finish_reason\":\"stop\"", output, StringComparison.Ordinal);
    }

    private static async Task<(string Output, StreamState State)> RunAsync(object dialect, string stream, int chunk)
    {
        var state = new StreamState("groq", created: 1);
        var translation = ((IDialect)dialect).OpenStream(state);
        await using var pump = new StreamPump(
            new CutStream(Encoding.UTF8.GetBytes(stream), chunk), translation, state, Timeout.InfiniteTimeSpan, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>();
        while (await pump.NextAsync(output, TestContext.Current.CancellationToken) is not PumpStep.End)
        {
        }

        return (Encoding.UTF8.GetString(output.WrittenSpan), state);
    }

    private static List<string> Events(string output) =>
        [.. output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(text => text["data: ".Length..])];

    /// <summary>Gives its bytes in pieces of one size, as a network may.</summary>
    private sealed class CutStream(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
