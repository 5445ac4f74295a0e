using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Responses;

/// <summary>
/// OpenAI's chunks, written as the events of a response, in their order: response.created, response.in_progress, for each
/// item added, deltas and done, and response.completed with the whole response again.
/// </summary>
internal sealed class ResponsesStream(IBufferWriter<byte> output, JsonElement request)
{
    private readonly List<OutputItem> _items = [];
    private readonly Dictionary<long, Call> _calls = [];
    private Head _head;
    private bool _started;
    private long _sequence;
    private OutputKind? _open;
    private readonly StringBuilder _text = new();

    public void OnChunk(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        using var document = JsonDocument.ParseValue(ref reader);
        var chunk = document.RootElement;
        Start(new Head(chunk.Text("id"), chunk.Text("model"), chunk.Number("created") ?? 0));
        if (chunk.Items("choices").FirstOrDefault() is not { ValueKind: JsonValueKind.Object } choice)
            return;
        if (choice.Find("delta") is { } delta)
            OnDelta(delta);
        if (choice.Text("finish_reason") is { } reason)
            _head = _head with { FinishReason = reason };
    }

    public void End(TokenCounts tokens, Action<Utf8JsonWriter>? receipt)
    {
        Start(default);
        Close();
        foreach (var call in _calls.OrderBy(call => call.Key).Select(call => call.Value))
            WriteCall(call);
        var status = ResponseObject.Status(_head.FinishReason);
        Event($"response.{status}", json =>
        {
            json.WritePropertyName("response");
            ResponseObject.Write(json, request, _head, status, _items, tokens, receipt);
        });
    }

    public void Fail(OpenAiError error) => Event("error", json =>
    {
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteString("param", error.Param);
    });

    private void Start(in Head head)
    {
        if (_started)
            return;
        _started = true;
        _head = head;
        foreach (var type in new[] { "response.created", "response.in_progress" })
        {
            Event(type, json =>
            {
                json.WritePropertyName("response");
                ResponseObject.Write(json, request, _head, "in_progress", [], null, null);
            });
        }
    }

    private void OnDelta(JsonElement delta)
    {
        if ((delta.Text("reasoning_content") ?? delta.Text("reasoning")) is { Length: > 0 } thought)
            Continue(OutputKind.Reasoning, thought);
        if (delta.Text("content") is { Length: > 0 } text)
            Continue(OutputKind.Text, text);
        if (delta.Text("refusal") is { Length: > 0 } refusal)
            Continue(OutputKind.Refusal, refusal);
        foreach (var part in delta.Items("tool_calls"))
        {
            // Items come one after another, and pieces of several calls may alternate; so calls are sent when all is known.
            var index = part.Number("index") ?? _calls.Count;
            if (!_calls.TryGetValue(index, out var call))
                _calls[index] = call = new Call();
            call.Id ??= part.Text("id") is { Length: > 0 } id ? id : null;
            call.Name ??= part.Find("function")?.Text("name") is { Length: > 0 } name ? name : null;
            call.Arguments.Append(part.Find("function")?.Text("arguments"));
        }
    }

    private void Continue(OutputKind kind, string text)
    {
        if (_open != kind)
        {
            Close();
            _open = kind;
            _text.Clear();
            var opening = new OutputItem(kind, ResponsesAnswer.ItemId(kind is OutputKind.Reasoning ? "rs" : "msg", _head, _items.Count), "");
            ItemEvent("response.output_item.added", opening, "in_progress");
            if (kind is not OutputKind.Reasoning)
                PartEvent("response.content_part.added", opening);
        }

        _text.Append(text);
        Delta($"response.{TextEvent(kind)}.delta", "delta", text, CurrentId(kind));
    }

    private void Close()
    {
        if (_open is not { } kind)
            return;
        _open = null;
        var item = new OutputItem(kind, CurrentId(kind), _text.ToString());
        Delta($"response.{TextEvent(kind)}.done", kind is OutputKind.Refusal ? "refusal" : "text", item.Text, item.Id);
        if (kind is not OutputKind.Reasoning)
            PartEvent("response.content_part.done", item);
        ItemEvent("response.output_item.done", item, "completed");
        _items.Add(item);
    }

    private void WriteCall(Call call)
    {
        var id = ResponsesAnswer.ItemId("fc", _head, _items.Count);
        var item = new OutputItem(OutputKind.Call, id, call.Arguments.ToString(), call.Id ?? id, call.Name ?? "");
        ItemEvent("response.output_item.added", item with { Text = "" }, "in_progress");
        Arguments("response.function_call_arguments.delta", "delta", item);
        Arguments("response.function_call_arguments.done", "arguments", item);
        ItemEvent("response.output_item.done", item, "completed");
        _items.Add(item);
    }

    private string CurrentId(OutputKind kind) => ResponsesAnswer.ItemId(kind is OutputKind.Reasoning ? "rs" : "msg", _head, _items.Count);

    private static string TextEvent(OutputKind kind) => kind switch
    {
        OutputKind.Reasoning => "reasoning_text",
        OutputKind.Refusal => "refusal",
        _ => "output_text",
    };

    private void ItemEvent(string type, OutputItem item, string status) => Event(type, json =>
    {
        json.WriteNumber("output_index", _items.Count);
        json.WritePropertyName("item");
        item.Write(json, status);
    });

    private void PartEvent(string type, OutputItem item) => Event(type, json =>
    {
        json.WriteString("item_id", item.Id);
        json.WriteNumber("output_index", _items.Count);
        json.WriteNumber("content_index", 0);
        json.WritePropertyName("part");
        item.WritePart(json);
    });

    private void Delta(string type, string member, string text, string id) => Event(type, json =>
    {
        json.WriteString("item_id", id);
        json.WriteNumber("output_index", _items.Count);
        json.WriteNumber("content_index", 0);
        json.WriteString(member, text);
        if (type.StartsWith("response.output_text", StringComparison.Ordinal))
        {
            json.WriteStartArray("logprobs");
            json.WriteEndArray();
        }
    });

    private void Arguments(string type, string member, OutputItem call) => Event(type, json =>
    {
        json.WriteString("item_id", call.Id);
        json.WriteNumber("output_index", _items.Count);
        json.WriteString(member, call.Text);
        if (member is "arguments")
            json.WriteString("name", call.Name);
    });

    private void Event(string type, Action<Utf8JsonWriter> members)
    {
        output.Write("event: "u8);
        output.Write(Encoding.UTF8.GetBytes(type));
        output.Write("\ndata: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteNumber("sequence_number", _sequence++);
            members(json);
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
    }

    private sealed class Call
    {
        public string? Id { get; set; }

        public string? Name { get; set; }

        public StringBuilder Arguments { get; } = new();
    }
}
