using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Messages;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Tests.Gateway;

namespace OpsCenter.Tests.Messages;

/// <summary>A streamed answer, put together, is the answer in one piece: for both directions, wherever anything is cut.</summary>
public sealed class MessagesLawTests
{
    private static readonly TokenCounts Tokens = new(20, 9, CachedInput: 5, CacheWrite: 3, Reasoning: 2);

    private static readonly Gen<(Said Said, int[] Cuts, bool Together, bool Interleaved)> Sample =
        Gen.Select(Said.Something, Gen.Int[0, 40].Array[0, 6], Gen.Bool, Gen.Bool);

    [Fact]
    public Task OpenAI_chunks_become_the_message_that_the_whole_answer_becomes() =>
        Sample.SampleAsync(async sample =>
        {
            var stream = Encoding.UTF8.GetBytes(OpenAiStream(sample.Said, sample.Cuts, sample.Together, sample.Interleaved));
            var whole = JsonNode.Parse(MessagesAnswer.Write(OpenAiAnswer(sample.Said), Tokens, null).Span)!;

            var cut = sample.Cuts.Sum() * 7 % stream.Length;
            Assert.Equal(whole.ToJsonString(), (await ToMessageAsync(stream, cut)).ToJsonString());
        }, iter: 300, threads: 1);

    [Fact]
    public async Task OpenAI_chunks_become_the_same_message_with_the_bytes_cut_at_every_position()
    {
        var said = new Said("Hm, \"🙂\"", "Grüße\n", [new SaidCall("call_0", "weather", """{"city":"東京"}"""), new SaidCall("call_1", "search", "{}")], false);
        var stream = Encoding.UTF8.GetBytes(OpenAiStream(said, [1, 2, 5, 9], together: true, interleaved: true));
        var whole = JsonNode.Parse(MessagesAnswer.Write(OpenAiAnswer(said), Tokens, null).Span)!.ToJsonString();

        for (var cut = 0; cut < stream.Length; cut++)
            Assert.Equal(whole, (await ToMessageAsync(stream, cut)).ToJsonString());
    }

    [Fact]
    public Task Anthropic_events_become_the_completion_that_the_whole_message_becomes() =>
        Sample.SampleAsync(async sample =>
        {
            var stream = Encoding.UTF8.GetBytes(AnthropicStream(sample.Said, sample.Cuts));
            await AssertSameCompletionAsync(sample.Said, stream, sample.Cuts.Sum() * 7 % stream.Length);
        }, iter: 300, threads: 1);

    [Fact]
    public async Task Anthropic_events_become_the_same_completion_with_the_bytes_cut_at_every_position()
    {
        var said = new Said("Hm, \"🙂\"", "Grüße\n", [new SaidCall("call_0", "weather", """{"city":"東京"}"""), new SaidCall("call_1", "search", "{}")], false);
        var stream = Encoding.UTF8.GetBytes(AnthropicStream(said, [1, 2, 5, 9]));

        for (var cut = 0; cut < stream.Length; cut++)
            await AssertSameCompletionAsync(said, stream, cut);
    }

    [Fact]
    public async Task Anthropic_events_reach_an_Anthropic_caller_unchanged_with_the_bytes_cut_at_every_position()
    {
        var said = new Said("Hm", "Grüße", [new SaidCall("call_0", "weather", """{"city":"東京"}""")], false);
        var text = AnthropicStream(said, [3]);
        var stream = Encoding.UTF8.GetBytes(text);
        var expected = text[..text.IndexOf("event: message_stop", StringComparison.Ordinal)];

        for (var cut = 0; cut < stream.Length; cut++)
        {
            var (events, state) = await Wires.RunAsync(new AnthropicNative(), stream, cut);

            Assert.Equal(expected, Encoding.UTF8.GetString(events));
            Assert.Equal(Tokens with { Reasoning = 0 }, state.Usage);
            Assert.True(state.Finished);
        }
    }

    private static async Task<JsonObject> ToMessageAsync(byte[] stream, int cut)
    {
        var (chunks, state) = await Wires.RunAsync(new OpenAiDialect(), stream, cut);
        Assert.Null(state.Failure);
        var output = new ArrayBufferWriter<byte>();
        var messages = new MessagesStream(output);
        SseEvents.ForEach(chunks, messages.OnChunk);
        messages.End(state.Usage!.Value, null);
        return Wires.FoldMessage(Wires.Payloads(output.WrittenSpan));
    }

    private static async Task AssertSameCompletionAsync(Said said, byte[] stream, int cut)
    {
        var (events, state) = await Wires.RunAsync(new AnthropicDialect(), stream, cut);
        var answer = new AnthropicDialect().ReadAnswer(AnthropicAnswer(said), created: 1);
        var choice = JsonNode.Parse(answer.Json.Span)!["choices"]![0]!;
        var message = choice["message"]!;
        var folded = Wires.FoldChunks(Wires.Payloads(events));

        Assert.Null(state.Failure);
        Assert.Equal(answer.Usage, state.Usage);
        Assert.Equal((string?)message["reasoning_content"] ?? "", folded.Thought);
        Assert.Equal((string?)message["content"] ?? "", folded.Text);
        Assert.Equal((string?)choice["finish_reason"], folded.Finish);
        Assert.Equal(
            message["tool_calls"]?.AsArray().Select(call => ((string)call!["id"]!, (string)call["function"]!["name"]!, Normal((string)call["function"]!["arguments"]!))) ?? [],
            folded.Calls.Select(call => (call.Id, call.Name, Normal(call.Arguments))));
    }

    private static string Normal(string json) => JsonNode.Parse(json)!.ToJsonString();

    private static string Finish(Said said) => said.IsCutOff ? "length" : said.Calls.Count > 0 ? "tool_calls" : "stop";

    private static JsonObject OpenAiUsage() => new()
    {
        ["prompt_tokens"] = Tokens.Input,
        ["completion_tokens"] = Tokens.Output,
        ["total_tokens"] = Tokens.Total,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = Tokens.CachedInput, ["cache_write_tokens"] = Tokens.CacheWrite },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = Tokens.Reasoning },
    };

    private static byte[] OpenAiAnswer(Said said)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = said.Text.Length > 0 ? said.Text : null };
        if (said.Thought.Length > 0)
            message["reasoning_content"] = said.Thought;
        if (said.Calls.Count > 0)
            message["tool_calls"] = new JsonArray([.. said.Calls.Select(call => Call(call.Id, call.Name, call.Arguments))]);
        return Encoding.UTF8.GetBytes(new JsonObject
        {
            ["id"] = "c1",
            ["model"] = "m",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = Finish(said) }),
            ["usage"] = OpenAiUsage(),
        }.ToJsonString());
    }

    private static JsonObject Call(string? id, string? name, string arguments, int? index = null)
    {
        var call = new JsonObject();
        if (index is not null)
            call["index"] = index;
        if (id is not null)
            (call["id"], call["type"]) = (id, "function");
        call["function"] = name is null ? new JsonObject { ["arguments"] = arguments } : new JsonObject { ["name"] = name, ["arguments"] = arguments };
        return call;
    }

    /// <param name="said">What is answered.</param>
    /// <param name="cuts">Where texts and arguments are cut.</param>
    /// <param name="together">The last piece of text and the first call share a chunk.</param>
    /// <param name="interleaved">Pieces of several calls alternate.</param>
    private static string OpenAiStream(Said said, int[] cuts, bool together, bool interleaved)
    {
        var deltas = new List<JsonObject> { new() { ["role"] = "assistant", ["content"] = "" } };
        deltas.AddRange(Wires.Cut(said.Thought, cuts).Select(piece => new JsonObject { ["reasoning_content"] = piece }));
        deltas.AddRange(Wires.Cut(said.Text, cuts).Select(piece => new JsonObject { ["content"] = piece }));

        var perCall = said.Calls.Select((call, index) => Wires.Cut(call.Arguments, cuts)
            .Select(piece => Call(null, null, piece, index))
            .Prepend(Call(call.Id, call.Name, "", index))
            .ToList()).ToList();
        var parts = interleaved
            ? Enumerable.Range(0, perCall.Count == 0 ? 0 : perCall.Max(pieces => pieces.Count)).SelectMany(step => perCall.Where(pieces => pieces.Count > step).Select(pieces => pieces[step]))
            : perCall.SelectMany(pieces => pieces);
        foreach (var part in parts)
        {
            if (together && deltas[^1]["tool_calls"] is null && deltas[^1]["reasoning_content"] is null)
                deltas[^1]["tool_calls"] = new JsonArray(part);
            else
                deltas.Add(new JsonObject { ["tool_calls"] = new JsonArray(part) });
        }

        deltas.Add([]);
        var stream = new StringBuilder();
        for (var index = 0; index < deltas.Count; index++)
        {
            stream.Append("data: ").Append(new JsonObject
            {
                ["id"] = "c1",
                ["model"] = "m",
                ["choices"] = new JsonArray(new JsonObject
                {
                    ["index"] = 0,
                    ["delta"] = deltas[index],
                    ["finish_reason"] = index == deltas.Count - 1 ? Finish(said) : null,
                }),
            }.ToJsonString()).Append("\n\n");
        }

        stream.Append("data: ").Append(new JsonObject { ["id"] = "c1", ["choices"] = new JsonArray(), ["usage"] = OpenAiUsage() }.ToJsonString());
        return stream.Append("\n\ndata: [DONE]\n\n").ToString();
    }

    private static JsonObject AnthropicUsage() => new()
    {
        ["input_tokens"] = Tokens.Input - Tokens.CachedInput - Tokens.CacheWrite,
        ["cache_read_input_tokens"] = Tokens.CachedInput,
        ["cache_creation_input_tokens"] = Tokens.CacheWrite,
        ["output_tokens"] = Tokens.Output,
    };

    private static string AnthropicStop(Said said) => said.IsCutOff ? "max_tokens" : said.Calls.Count > 0 ? "tool_use" : "end_turn";

    private static IEnumerable<(JsonObject Whole, JsonObject Opening, string DeltaType, string Member, string Text)> Blocks(Said said)
    {
        if (said.Thought.Length > 0)
        {
            yield return (
                new JsonObject { ["type"] = "thinking", ["thinking"] = said.Thought, ["signature"] = "c2ln" },
                new JsonObject { ["type"] = "thinking", ["thinking"] = "", ["signature"] = "" }, "thinking_delta", "thinking", said.Thought);
        }

        if (said.Text.Length > 0)
        {
            yield return (
                new JsonObject { ["type"] = "text", ["text"] = said.Text },
                new JsonObject { ["type"] = "text", ["text"] = "" }, "text_delta", "text", said.Text);
        }

        foreach (var call in said.Calls)
        {
            yield return (
                new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = JsonNode.Parse(call.Arguments) },
                new JsonObject { ["type"] = "tool_use", ["id"] = call.Id, ["name"] = call.Name, ["input"] = new JsonObject() },
                "input_json_delta", "partial_json", call.Arguments == "{}" ? "" : call.Arguments);
        }
    }

    private static byte[] AnthropicAnswer(Said said) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["id"] = "msg_1",
        ["type"] = "message",
        ["role"] = "assistant",
        ["model"] = "claude",
        ["content"] = new JsonArray([.. Blocks(said).Select(block => block.Whole)]),
        ["stop_reason"] = AnthropicStop(said),
        ["usage"] = AnthropicUsage(),
    }.ToJsonString());

    private static string AnthropicStream(Said said, int[] cuts)
    {
        var stream = new StringBuilder();
        var usage = AnthropicUsage();
        usage["output_tokens"] = 1;
        Add("message_start", new JsonObject
        {
            ["message"] = new JsonObject
            {
                ["id"] = "msg_1",
                ["type"] = "message",
                ["role"] = "assistant",
                ["model"] = "claude",
                ["content"] = new JsonArray(),
                ["usage"] = usage,
            },
        });
        Add("ping", []);
        var index = 0;
        foreach (var block in Blocks(said))
        {
            Add("content_block_start", new JsonObject { ["index"] = index, ["content_block"] = block.Opening });
            foreach (var piece in Wires.Cut(block.Text, cuts).DefaultIfEmpty(""))
                Add("content_block_delta", new JsonObject { ["index"] = index, ["delta"] = new JsonObject { ["type"] = block.DeltaType, [block.Member] = piece } });
            Add("content_block_stop", new JsonObject { ["index"] = index });
            index++;
        }

        Add("message_delta", new JsonObject
        {
            ["delta"] = new JsonObject { ["stop_reason"] = AnthropicStop(said), ["stop_sequence"] = null },
            ["usage"] = new JsonObject { ["output_tokens"] = Tokens.Output },
        });
        Add("message_stop", []);
        return stream.ToString();

        void Add(string type, JsonObject members)
        {
            members.Insert(0, "type", type);
            stream.Append("event: ").Append(type).Append("\ndata: ").Append(members.ToJsonString()).Append("\n\n");
        }
    }
}
