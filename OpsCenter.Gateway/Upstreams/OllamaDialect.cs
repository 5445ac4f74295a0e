using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Ollama's own chat: a JSON object a line, whole tool calls without ids, counts in the last line.</summary>
internal sealed class OllamaDialect : IDialect
{
    public string ChatPath => "api/chat";

    public void AddHeaders(in ChatCall call, HttpRequestHeaders headers)
    {
    }

    public void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped) => OllamaRequest.Write(call, output, dropped);

    public WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.Find("error") is not null)
                return new WholeAnswer(default, null, 0, ReadFailure(StatusCodes.Status200OK, body.Span, null));
            if (root.Find("message") is not { ValueKind: JsonValueKind.Object } message)
                return WholeAnswer.Failed(FailureKind.Empty, "The provider's answer has no message.");

            var usage = Usage(root);
            var calls = message.Items("tool_calls").ToList();
            var output = new ArrayBufferWriter<byte>(body.Length + 256);
            using (var json = new Utf8JsonWriter(output))
            {
                json.WriteStartObject();
                json.WriteString("id", Id(root));
                json.WriteString("object", "chat.completion");
                json.WriteNumber("created", created);
                json.WriteString("model", root.Text("model"));
                json.WriteStartArray("choices");
                json.WriteStartObject();
                json.WriteNumber("index", 0);
                json.WriteStartObject("message");
                json.WriteString("role", "assistant");
                if (message.Text("content") is { Length: > 0 } text || calls.Count == 0)
                    json.WriteString("content", message.Text("content") ?? "");
                else
                    json.WriteNull("content");
                if (message.Text("thinking") is { Length: > 0 } thought)
                    json.WriteString("reasoning_content", thought);
                if (calls.Count > 0)
                {
                    json.WriteStartArray("tool_calls");
                    for (var index = 0; index < calls.Count; index++)
                        WriteCall(json, calls[index], Id(root), index, isChunk: false);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
                json.WriteString("finish_reason", FinishReason(root, calls.Count > 0));
                json.WriteNull("logprobs");
                json.WriteEndObject();
                json.WriteEndArray();
                if (usage is { } counted)
                    AnthropicDialect.WriteUsage(json, counted);
                json.WriteEndObject();
            }

            return new WholeAnswer(output.WrittenMemory, usage, ContentBytes(message), null);
        }
        catch (JsonException)
        {
            return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer is not the JSON of a chat.");
        }
    }

    public UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if ((document.RootElement.Text("error") ?? document.RootElement.Find("error")?.Text("message")) is { } message)
                return OpenAiDialect.Name(status, null, message, retryAfter);
        }
        catch (JsonException)
        {
            // Not JSON; the status alone has to do.
        }

        return OpenAiDialect.Name(status, null, $"The provider answered {status}.", retryAfter);
    }

    public IStreamTranslation OpenStream(StreamState state) => new Lines(state);

    /// <summary>Ollama gives no ids; model and moment are as good as one.</summary>
    private static string Id(JsonElement root) => $"chatcmpl-{Hash(root.Text("model") + root.Text("created_at"))}";

    private static string Hash(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..24];

    private static TokenCounts? Usage(JsonElement root) =>
        root.Number("eval_count") is { } output ? new TokenCounts(root.Number("prompt_eval_count") ?? 0, output) : null;

    private static string FinishReason(JsonElement root, bool calls) => root.Text("done_reason") switch
    {
        "length" => "length",
        _ when calls => "tool_calls",
        _ => "stop",
    };

    private static long ContentBytes(JsonElement message) =>
        Encoding.UTF8.GetByteCount(message.Text("content") ?? "")
        + Encoding.UTF8.GetByteCount(message.Text("thinking") ?? "")
        + message.Items("tool_calls").Sum(call => call.GetRawText().Length);

    private static void WriteCall(Utf8JsonWriter json, JsonElement call, string answer, int index, bool isChunk)
    {
        json.WriteStartObject();
        if (isChunk)
            json.WriteNumber("index", index);
        json.WriteString("id", call.Text("id") ?? string.Create(CultureInfo.InvariantCulture, $"call_{answer["chatcmpl-".Length..]}_{index}"));
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", call.Find("function")?.Text("name") ?? "");
        json.WriteString("arguments", call.Find("function")?.Find("arguments") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { } arguments => arguments.GetRawText(),
            null => "{}",
        });
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private sealed class Lines(StreamState state) : IStreamTranslation
    {
        private string? _id;
        private int _calls;

        public bool ReadsLines => true;

        public void OnData(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            try
            {
                var reader = new Utf8JsonReader(data);
                using var document = JsonDocument.ParseValue(ref reader);
                OnLine(document.RootElement, output);
            }
            catch (JsonException)
            {
                state.Failure = new UpstreamFailure(FailureKind.Garbage, 200, "The provider sent a line that is not JSON.");
            }
        }

        private void OnLine(JsonElement line, IBufferWriter<byte> output)
        {
            if ((line.Text("error") ?? line.Find("error")?.Text("message")) is { } error)
            {
                state.Failure = OpenAiDialect.Name(StatusCodes.Status200OK, null, error, null);
                return;
            }

            _id ??= Id(line);
            var message = line.Find("message") ?? default;
            state.ContentBytes += ContentBytes(message);
            var isDone = line.IsTrue("done");
            state.Usage = isDone ? Usage(line) : null;
            WriteChunk(output, line, message, isDone);
            state.Started = true;
            state.ChoiceEnded |= isDone;
            state.Finished = isDone;
        }

        private void WriteChunk(IBufferWriter<byte> output, JsonElement line, JsonElement message, bool isDone)
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
                json.WriteString("model", line.Text("model"));
                json.WriteStartArray("choices");
                json.WriteStartObject();
                json.WriteNumber("index", 0);
                json.WriteStartObject("delta");
                if (!state.Started)
                    json.WriteString("role", "assistant");
                if (message.Text("content") is { Length: > 0 } text)
                    json.WriteString("content", text);
                if (message.Text("thinking") is { Length: > 0 } thought)
                    json.WriteString("reasoning_content", thought);
                if (message.Items("tool_calls").Any())
                {
                    json.WriteStartArray("tool_calls");
                    foreach (var call in message.Items("tool_calls"))
                        WriteCall(json, call, _id!, _calls++, isChunk: true);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
                if (isDone)
                    json.WriteString("finish_reason", FinishReason(line, _calls > 0));
                else
                    json.WriteNull("finish_reason");
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteEndObject();
            }

            output.Write("\n\n"u8);
        }
    }
}
