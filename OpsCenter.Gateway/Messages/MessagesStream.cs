using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Messages;

/// <summary>
/// OpenAI's chunks, written as Anthropic's events. Blocks come one after another, as Anthropic's do: a call that begins
/// before the arguments of the one before it are complete waits for them.
/// </summary>
internal sealed class MessagesStream(IBufferWriter<byte> output)
{
    private readonly List<Call> _calls = [];
    private string? _id;
    private string? _finishReason;
    private bool _started;
    private bool _refused;
    private int _blocks;
    private string? _open;
    private int _sending;

    public void OnChunk(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        using var document = JsonDocument.ParseValue(ref reader);
        var chunk = document.RootElement;
        Start(chunk.Text("id"), chunk.Text("model"));
        // Anthropic has one answer to a request.
        if (chunk.Items("choices").FirstOrDefault() is not { ValueKind: JsonValueKind.Object } choice)
            return;
        if (choice.Find("delta") is { } delta)
            OnDelta(delta);
        _finishReason = choice.Text("finish_reason") ?? _finishReason;
    }

    /// <summary>Closes what is open and says how it ended, at what cost.</summary>
    public void End(TokenCounts tokens, Action<Utf8JsonWriter>? receipt)
    {
        Start(null, null);
        for (; _sending < _calls.Count; _sending++)
            SendCall(_calls[_sending], isComplete: true);
        Close();
        var json = Begin("message_delta"u8);
        json.WriteStartObject("delta");
        json.WriteString("stop_reason", MessagesAnswer.StopReason(_finishReason, _calls.Count > 0, _refused));
        json.WriteNull("stop_sequence");
        json.WriteEndObject();
        json.WriteStartObject("usage");
        MessagesAnswer.WriteUsage(json, tokens);
        json.WriteEndObject();
        Finish(json);
        WriteStop(output, receipt);
    }

    /// <summary>The last event, which carries the receipt.</summary>
    public static void WriteStop(IBufferWriter<byte> output, Action<Utf8JsonWriter>? receipt)
    {
        output.Write("event: message_stop\ndata: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", "message_stop");
            receipt?.Invoke(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private void Start(string? id, string? model)
    {
        if (_started)
            return;
        _started = true;
        _id = id;
        var json = Begin("message_start"u8);
        json.WriteStartObject("message");
        MessagesAnswer.WriteHead(json, id, model);
        json.WriteStartArray("content");
        json.WriteEndArray();
        json.WriteNull("stop_reason");
        json.WriteNull("stop_sequence");
        json.WriteStartObject("usage");
        // Nobody has counted yet; message_delta brings the counts of the whole answer.
        MessagesAnswer.WriteUsage(json, TokenCounts.None);
        json.WriteEndObject();
        json.WriteEndObject();
        Finish(json);
    }

    private void OnDelta(JsonElement delta)
    {
        if ((delta.Text("reasoning_content") ?? delta.Text("reasoning")) is { Length: > 0 } thought)
            Continue("thinking", "thinking_delta", "thinking", thought);
        if (delta.Text("content") is { Length: > 0 } text)
            Continue("text", "text_delta", "text", text);
        if (delta.Text("refusal") is { Length: > 0 } refusal)
        {
            _refused = true;
            Continue("text", "text_delta", "text", refusal);
        }

        foreach (var part in delta.Items("tool_calls"))
            OnCall(part);
    }

    private void OnCall(JsonElement part)
    {
        var call = Find(part);
        call.Id ??= part.Text("id") is { Length: > 0 } id ? id : null;
        call.Name ??= part.Find("function")?.Text("name") is { Length: > 0 } name ? name : null;
        call.Arguments.Append(part.Find("function")?.Text("arguments"));
        while (_sending < _calls.Count)
        {
            var sending = _calls[_sending];
            var isLast = _sending == _calls.Count - 1;
            // The next call has begun; this one is complete when its arguments are.
            var isComplete = !isLast && JsonText.IsComplete(sending.Arguments.ToString());
            SendCall(sending, isComplete);
            if (!isComplete)
                return;
            _sending++;
        }
    }

    /// <summary>By its index; where a provider sends none, an id begins a call and everything else continues the last.</summary>
    private Call Find(JsonElement part)
    {
        var index = part.Number("index");
        var known = index is not null
            ? _calls.Find(call => call.Index == index)
            : part.Text("id") is { Length: > 0 } id ? _calls.Find(call => call.Id == id) : _calls.LastOrDefault();
        if (known is not null)
            return known;
        var begun = new Call(index ?? _calls.Count);
        _calls.Add(begun);
        return begun;
    }

    private void SendCall(Call call, bool isComplete)
    {
        if (!call.IsOpen)
        {
            // Until it has a name there is nothing to open.
            if (call.Name is null && !isComplete)
                return;
            Close();
            call.IsOpen = true;
            _open = "tool_use";
            var json = BeginBlock("content_block_start"u8);
            json.WriteStartObject("content_block");
            json.WriteString("type", "tool_use");
            json.WriteString("id", MessagesAnswer.CallId(call.Id, _id, _calls.IndexOf(call)));
            json.WriteString("name", call.Name ?? "");
            json.WriteStartObject("input");
            json.WriteEndObject();
            json.WriteEndObject();
            Finish(json);
        }

        if (call.Arguments.Length > call.Sent)
        {
            WriteDelta("input_json_delta", "partial_json", call.Arguments.ToString(call.Sent, call.Arguments.Length - call.Sent));
            call.Sent = call.Arguments.Length;
        }

        if (isComplete)
            Close();
    }

    private void Continue(string block, string deltaType, string member, string text)
    {
        if (_open != block)
        {
            Close();
            _open = block;
            var json = BeginBlock("content_block_start"u8);
            json.WriteStartObject("content_block");
            json.WriteString("type", block);
            json.WriteString(member, "");
            if (block is "thinking")
                json.WriteString("signature", "");
            json.WriteEndObject();
            Finish(json);
        }

        WriteDelta(deltaType, member, text);
    }

    private void WriteDelta(string type, string member, string text)
    {
        var json = BeginBlock("content_block_delta"u8);
        json.WriteStartObject("delta");
        json.WriteString("type", type);
        json.WriteString(member, text);
        json.WriteEndObject();
        Finish(json);
    }

    private void Close()
    {
        if (_open is null)
            return;
        Finish(BeginBlock("content_block_stop"u8));
        _open = null;
        _blocks++;
    }

    private Utf8JsonWriter Begin(ReadOnlySpan<byte> type)
    {
        output.Write("event: "u8);
        output.Write(type);
        output.Write("\ndata: "u8);
        var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type"u8, type);
        return json;
    }

    private Utf8JsonWriter BeginBlock(ReadOnlySpan<byte> type)
    {
        var json = Begin(type);
        json.WriteNumber("index", _blocks);
        return json;
    }

    private void Finish(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Dispose();
        output.Write("\n\n"u8);
    }

    private sealed class Call(long index)
    {
        public long Index { get; } = index;

        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();

        public int Sent { get; set; }

        public bool IsOpen { get; set; }
    }
}
