using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Anthropic's stream events, written as OpenAI's chunks.</summary>
internal sealed class AnthropicStream(StreamState state) : IStreamTranslation
{
    private string _id = "";
    private string _model = "";
    private TokenCounts _usage;
    private int _tools = -1;
    private bool _lacksArguments;

    public void OnData(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            using var document = JsonDocument.ParseValue(ref reader);
            OnEvent(document.RootElement, output);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent an event that is not the JSON of a message.");
        }
    }

    private void OnEvent(JsonElement e, IBufferWriter<byte> output)
    {
        switch (e.GetProperty("type").GetString())
        {
            case "message_start":
                var message = e.GetProperty("message");
                _id = message.GetProperty("id").GetString()!;
                _model = message.GetProperty("model").GetString()!;
                Count(message);
                Write(output, json =>
                {
                    json.WriteString("role", "assistant");
                    json.WriteString("content", "");
                });
                break;
            case "content_block_start" when e.GetProperty("content_block") is var block && block.GetProperty("type").ValueEquals("tool_use"):
                _tools++;
                _lacksArguments = true;
                WriteTool(output, block.GetProperty("id").GetString(), block.GetProperty("name").GetString(), "");
                break;
            case "content_block_stop" when _lacksArguments:
                // A call without arguments: OpenAI's clients parse them all the same, and "" is no JSON.
                _lacksArguments = false;
                WriteTool(output, null, null, "{}");
                break;
            case "content_block_delta":
                OnDelta(e.GetProperty("delta"), output);
                break;
            case "message_delta":
                Count(e);
                if (e.GetProperty("delta").TryGetProperty("stop_reason", out var reason) && reason.ValueKind is JsonValueKind.String)
                {
                    state.ChoiceEnded = true;
                    Write(output, static _ => { }, AnthropicDialect.FinishReason(reason.GetString()));
                }

                break;
            case "message_stop":
                state.Finished = true;
                break;
            case "error":
                state.Failure = AnthropicDialect.Failure(200, e.GetProperty("error"), null);
                break;
        }
    }

    private void OnDelta(JsonElement delta, IBufferWriter<byte> output)
    {
        switch (delta.GetProperty("type").GetString())
        {
            case "text_delta":
                WriteText(output, "content", delta.GetProperty("text").GetString()!);
                break;
            case "thinking_delta":
                WriteText(output, "reasoning_content", delta.GetProperty("thinking").GetString()!);
                break;
            case "input_json_delta":
                var arguments = delta.GetProperty("partial_json").GetString()!;
                if (arguments.Length == 0)
                    break;
                _lacksArguments = false;
                state.ContentBytes += Encoding.UTF8.GetByteCount(arguments);
                WriteTool(output, null, null, arguments);
                break;
        }
    }

    private void Count(JsonElement holder)
    {
        if (!holder.TryGetProperty("usage", out var usage) || usage.ValueKind is not JsonValueKind.Object)
            return;
        _usage = AnthropicDialect.Usage(usage, _usage);
        state.Usage = _usage;
    }

    private void WriteText(IBufferWriter<byte> output, string name, string text)
    {
        state.ContentBytes += Encoding.UTF8.GetByteCount(text);
        Write(output, json => json.WriteString(name, text));
    }

    private void WriteTool(IBufferWriter<byte> output, string? id, string? name, string arguments) =>
        Write(output, json =>
        {
            json.WriteStartArray("tool_calls");
            json.WriteStartObject();
            json.WriteNumber("index", _tools);
            if (id is not null)
            {
                json.WriteString("id", id);
                json.WriteString("type", "function");
            }

            json.WriteStartObject("function");
            if (name is not null)
                json.WriteString("name", name);
            json.WriteString("arguments", arguments);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        });

    private void Write(IBufferWriter<byte> output, Action<Utf8JsonWriter> delta, string? finishReason = null)
    {
        output.Write("data: "u8);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            if (!state.Started)
                json.WriteString("provider", state.ProviderLabel);
            json.WriteString("id", _id);
            json.WriteString("object", "chat.completion.chunk");
            json.WriteNumber("created", state.Created);
            json.WriteString("model", _model);
            json.WriteStartArray("choices");
            json.WriteStartObject();
            json.WriteNumber("index", 0);
            json.WriteStartObject("delta");
            delta(json);
            json.WriteEndObject();
            if (finishReason is null)
                json.WriteNull("finish_reason");
            else
                json.WriteString("finish_reason", finishReason);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        output.Write("\n\n"u8);
        state.Started = true;
    }
}
