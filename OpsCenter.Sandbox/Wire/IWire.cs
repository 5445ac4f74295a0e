using System.Buffers;
using System.Text.Json;

namespace OpsCenter.Sandbox.Wire;

/// <summary>How prompts, answers and errors look in bytes. A wire knows neither time nor faults of the network.</summary>
internal interface IWire
{
    string StreamType { get; }

    /// <summary>Whether a finished stream has said what it cost.</summary>
    bool ReportsUsage(Turn turn);

    /// <summary>
    /// Reads a request. What is missing or of another type comes as the exception that <see cref="JsonElement"/> throws of it.
    /// </summary>
    Prompt Read(JsonElement body);

    void WriteAnswer(Utf8JsonWriter json, Turn turn);

    void WriteStart(Frames frames, Turn turn);

    void WritePiece(Frames frames, Turn turn, int choice, in Piece piece);

    void WriteFinish(Frames frames, Turn turn, int choice);

    void WriteEnd(Frames frames, Turn turn);

    void WriteError(Utf8JsonWriter json, Refusal refusal, string requestId);

    /// <summary>An error after the first byte.</summary>
    void WriteStreamError(Frames frames, Turn turn, Refusal refusal);
}

/// <summary>One exchange: what was asked, what is answered, and what it is said to have cost.</summary>
internal sealed record Turn(Provider Provider, Prompt Prompt, string Id, DateTimeOffset At, IReadOnlyList<Answer> Answers)
{
    /// <summary>Null when nothing is said of it.</summary>
    public Usage? Usage { get; init; }

    public FaultKind? Fault { get; init; }

    /// <summary>The stream ends without its last word.</summary>
    public bool EndsSilently => Fault is FaultKind.MissingDone;

    public bool HasUsageOnFinish =>
        Usage is not null && (Provider.Usage is UsageStyle.OnFinish || Fault is FaultKind.UsageInContentChunk or FaultKind.UsageTwice);

    public bool HasUsageAtEnd =>
        Usage is not null
        && Fault is not FaultKind.UsageInContentChunk
        && (Fault is FaultKind.UsageTwice
            || Provider.Usage is UsageStyle.Always or UsageStyle.AlwaysWithChoice
            || (Provider.Usage is UsageStyle.WhenAsked && Prompt.AsksForUsage));
}

/// <summary>Writes the frames of a stream, server-sent events or lines, with one JSON writer for all of them.</summary>
internal sealed class Frames(IBufferWriter<byte> output) : IDisposable
{
    private readonly Utf8JsonWriter _json = new(output, SandboxJson.Writing);

    public Utf8JsonWriter Begin(ReadOnlySpan<byte> prefix)
    {
        output.Write(prefix);
        _json.Reset(output);
        return _json;
    }

    public void End(ReadOnlySpan<byte> suffix)
    {
        _json.Flush();
        output.Write(suffix);
    }

    public void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);

    public void Dispose() => _json.Dispose();
}

/// <summary>What the wires' requests have in common.</summary>
internal static class RequestJson
{
    public static JsonElement? Find(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement json, string name) => json.Find(name)?.GetString();

    public static bool IsTrue(this JsonElement json, string name) => json.Find(name)?.GetBoolean() ?? false;

    public static int? Number(this JsonElement json, string name) => json.Find(name)?.GetInt32();

    /// <summary>A field that is one text or a list of them.</summary>
    public static IReadOnlyList<string> Texts(this JsonElement json, string name) => json.Find(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => item.GetString()!)],
        { } one => [one.GetString()!],
    };

    /// <summary>Tools in the shape that OpenAI gave the world.</summary>
    public static Tool FunctionTool(JsonElement tool)
    {
        var function = tool.GetProperty("function");
        return new Tool(function.GetProperty("name").GetString()!, function.Find("parameters") ?? default);
    }
}
