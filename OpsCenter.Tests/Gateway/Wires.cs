using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Tests.Gateway;

/// <summary>An answer as nobody's dialect has it; the tests write it in each and compare what comes out.</summary>
public sealed record Said(string Thought, string Text, IReadOnlyList<SaidCall> Calls, bool IsCutOff)
{
    public static readonly Gen<Said> Any = Gen.Select(
        Gen.OneOf(Gen.Const(""), Words()),
        Gen.OneOf(Gen.Const(""), Words()),
        SaidCall.Any.List[0, 3],
        Gen.Bool,
        (thought, text, calls, isCutOff) => new Said(thought, text, [.. calls.Select((call, index) => call with { Id = $"call_{index}" })], isCutOff));

    /// <summary>Never silent: a provider that says nothing has failed.</summary>
    public static readonly Gen<Said> Something = Any.Where(said => said.Text.Length > 0 || said.Calls.Count > 0);

    internal static Gen<string> OneOf(params string[] words) => Gen.Int[0, words.Length - 1].Select(index => words[index]);

    /// <summary>With letters of two, three and four bytes, and what JSON escapes.</summary>
    internal static Gen<string> Words() => OneOf("a", "Grüße", " ", "\n", "\"", "\\", "日本", "🙂", "data: ", "\u2028").List[1, 6].Select(string.Concat);
}

public sealed record SaidCall(string Id, string Name, string Arguments)
{
    public static readonly Gen<SaidCall> Any = Gen.Select(
        Said.OneOf("weather", "search"),
        Gen.OneOf(
            Gen.Const("{}"),
            Said.Words().Select(city => new JsonObject { ["city"] = city }.ToJsonString()),
            Said.Words().Select(name => new JsonObject { ["list"] = new JsonArray(1, 2.5, new JsonObject { ["name"] = name }), ["on"] = true }.ToJsonString())),
        (name, arguments) => new SaidCall("", name, arguments));
}

/// <summary>Runs the bytes of a provider's stream through its dialect, and puts streams together again as clients do.</summary>
internal static class Wires
{
    /// <param name="dialect">Of the provider.</param>
    /// <param name="stream">All its bytes.</param>
    /// <param name="cut">The network delivers so many of them first, and the rest later.</param>
    public static async Task<(byte[] Events, StreamState State)> RunAsync(IDialect dialect, byte[] stream, int cut)
    {
        var state = new StreamState("test", created: 1);
        await using var pump = new StreamPump(
            new CutStream(stream, cut), dialect.OpenStream(state), state, Timeout.InfiniteTimeSpan, TimeProvider.System);
        var output = new ArrayBufferWriter<byte>();
        while (await pump.NextAsync(output, TestContext.Current.CancellationToken) is not PumpStep.End)
        {
        }

        return (output.WrittenSpan.ToArray(), state);
    }

    public static IEnumerable<JsonObject> Payloads(ReadOnlySpan<byte> events) =>
        [.. Encoding.UTF8.GetString(events)
            .Split('\n')
            .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
            .Select(line => JsonNode.Parse(line["data: ".Length..])!.AsObject())];

    /// <summary>Chunks, put together as OpenAI's clients do it.</summary>
    public static (string Thought, string Text, List<(string Id, string Name, string Arguments)> Calls, string? Finish) FoldChunks(IEnumerable<JsonObject> chunks)
    {
        var thought = "";
        var text = "";
        string? finish = null;
        var calls = new SortedDictionary<int, (string Id, string Name, string Arguments)>();
        foreach (var choice in chunks.Select(chunk => chunk["choices"]!.AsArray()).Where(choices => choices.Count > 0).Select(choices => choices[0]!))
        {
            var delta = choice["delta"]!.AsObject();
            thought += (string?)delta["reasoning_content"];
            text += (string?)delta["content"];
            finish = (string?)choice["finish_reason"] ?? finish;
            foreach (var part in delta["tool_calls"]?.AsArray() ?? [])
            {
                var known = calls.GetValueOrDefault((int)part!["index"]!, ("", "", ""));
                calls[(int)part["index"]!] = (
                    known.Item1 + (string?)part["id"],
                    known.Item2 + (string?)part["function"]?["name"],
                    known.Item3 + (string?)part["function"]?["arguments"]);
            }
        }

        return (thought, text, [.. calls.Values], finish);
    }

    /// <summary>Anthropic's events, put together as Anthropic's clients do it. Blocks must come one after another.</summary>
    public static JsonObject FoldMessage(IEnumerable<JsonObject> events)
    {
        JsonObject? message = null;
        var open = -1;
        var input = "";
        foreach (var e in events)
        {
            switch ((string?)e["type"])
            {
                case "message_start":
                    message = e["message"]!.DeepClone().AsObject();
                    break;
                case "content_block_start":
                    Assert.Equal(-1, open);
                    open = (int)e["index"]!;
                    Assert.Equal(message!["content"]!.AsArray().Count, open);
                    message["content"]!.AsArray().Add(e["content_block"]!.DeepClone());
                    input = "";
                    break;
                case "content_block_delta":
                    Assert.Equal(open, (int)e["index"]!);
                    var block = message!["content"]![open]!;
                    foreach (var (name, value) in e["delta"]!.AsObject().Where(member => member.Key != "type"))
                    {
                        if (name == "partial_json")
                            input += (string?)value;
                        else
                            block[name] = (string?)block[name] + (string?)value;
                    }

                    break;
                case "content_block_stop":
                    Assert.Equal(open, (int)e["index"]!);
                    if (input.Length > 0)
                        message!["content"]![open]!["input"] = JsonNode.Parse(input);
                    open = -1;
                    break;
                case "message_delta":
                    foreach (var (name, value) in e["delta"]!.AsObject())
                        message![name] = value?.DeepClone();
                    foreach (var (name, value) in e["usage"]!.AsObject())
                        message!["usage"]![name] = value?.DeepClone();
                    break;
                case "message_stop":
                    Assert.Equal(-1, open);
                    return message!;
            }
        }

        throw new InvalidOperationException("The stream has no message_stop.");
    }

    /// <summary>Pieces of a text, cut where the positions say, which may be inside a pair of surrogates no more than a provider would.</summary>
    public static IEnumerable<string> Cut(string text, IReadOnlyList<int> positions)
    {
        var bounds = positions.Select(position => position % (text.Length + 1))
            .Where(position => position > 0 && position < text.Length && !char.IsLowSurrogate(text[position]))
            .Append(0).Append(text.Length).Distinct().Order().ToList();
        return bounds.Zip(bounds.Skip(1), (from, to) => text[from..to]);
    }

    private sealed class CutStream(byte[] bytes, int cut) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(Position < cut ? buffer[..(int)Math.Min(cut - Position, buffer.Length)] : buffer, cancellationToken);
    }
}
