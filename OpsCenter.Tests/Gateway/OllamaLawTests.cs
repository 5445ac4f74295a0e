using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Tests.Gateway;

/// <summary>A streamed answer of Ollama's, put together, is its answer in one piece, wherever its lines are cut.</summary>
public sealed class OllamaLawTests
{
    private static readonly Gen<(Said Said, int[] Cuts)> Sample = Gen.Select(Said.Something, Gen.Int[0, 40].Array[0, 6]);

    [Fact]
    public Task Lines_become_the_completion_that_the_whole_answer_becomes() =>
        Sample.SampleAsync(async sample =>
        {
            var stream = Stream(sample.Said, sample.Cuts);
            await AssertSameAsync(sample.Said, stream, sample.Cuts.Sum() * 7 % stream.Length);
        }, iter: 300, threads: 1);

    [Fact]
    public async Task Lines_become_the_same_completion_with_the_bytes_cut_at_every_position()
    {
        var said = new Said("Hm, \"🙂\"", "Grüße\n", [new SaidCall("", "weather", """{"city":"東京"}"""), new SaidCall("", "search", "{}")], false);
        var stream = Stream(said, [1, 2, 5]);

        for (var cut = 0; cut < stream.Length; cut++)
            await AssertSameAsync(said, stream, cut);
    }

    [Theory]
    [InlineData("{\"message\":{\"content\":\"Hi\"},\"done\":false}\n", "Cut")]
    [InlineData("{\"error\":\"model is overloaded\"}\n", "ServerError")]
    [InlineData("{\"message\":{\n", "Garbage")]
    public async Task A_stream_that_does_not_end_well_is_never_taken_for_finished(string stream, string kind)
    {
        var (_, state) = await Wires.RunAsync(new OllamaDialect(), Encoding.UTF8.GetBytes(stream), 3);

        Assert.False(state.Finished);
        Assert.Equal(kind, state.Failure?.Kind.ToString());
    }

    private static async Task AssertSameAsync(Said said, byte[] stream, int cut)
    {
        var (events, state) = await Wires.RunAsync(new OllamaDialect(), stream, cut);
        var answer = new OllamaDialect().ReadAnswer(Encoding.UTF8.GetBytes(Line(said.Thought, said.Text, said.Calls, said).ToJsonString()), created: 1);
        var choice = JsonNode.Parse(answer.Json.Span)!["choices"]![0]!;
        var message = choice["message"]!;
        var folded = Wires.FoldChunks(Wires.Payloads(events));

        Assert.Null(state.Failure);
        Assert.Equal(new TokenCounts(20, 9), state.Usage);
        Assert.Equal(answer.Usage, state.Usage);
        Assert.Equal(((string?)message["reasoning_content"] ?? "", (string?)message["content"] ?? "", (string?)choice["finish_reason"]), (folded.Thought, folded.Text, folded.Finish));
        Assert.Equal(
            message["tool_calls"]?.AsArray().Select(call => ((string)call!["function"]!["name"]!, (string)call["function"]!["arguments"]!)) ?? [],
            folded.Calls.Select(call => (call.Name, call.Arguments)));
        Assert.Equal(folded.Calls.Count, folded.Calls.Select(call => call.Id).Distinct().Count());
    }

    private static byte[] Stream(Said said, int[] cuts)
    {
        var lines = Wires.Cut(said.Thought, cuts).Select(piece => Line(piece, "", [], null))
            .Concat(Wires.Cut(said.Text, cuts).Select(piece => Line("", piece, [], null)))
            .Concat(said.Calls.Select(call => Line("", "", [call], null)))
            .Append(Line("", "", [], said));
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line.ToJsonString() + "\n")));
    }

    /// <param name="thought">Of this line.</param>
    /// <param name="text">Of this line.</param>
    /// <param name="calls">Of this line.</param>
    /// <param name="end">On the last line, what has been said.</param>
    private static JsonObject Line(string thought, string text, IReadOnlyList<SaidCall> calls, Said? end)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text };
        if (thought.Length > 0)
            message["thinking"] = thought;
        if (calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([.. calls.Select(call => new JsonObject
            {
                ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = JsonNode.Parse(call.Arguments) },
            })]);
        }

        var line = new JsonObject { ["model"] = "m", ["created_at"] = "2026-01-01T00:00:00Z", ["message"] = message, ["done"] = end is not null };
        if (end is not null)
            (line["done_reason"], line["prompt_eval_count"], line["eval_count"]) = (end.IsCutOff ? "length" : "stop", 20, 9);
        return line;
    }
}
