using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>Anthropic's Messages API. Requests and answers differ enough from OpenAI's to be read and written anew.</summary>
/// <remarks>https://docs.anthropic.com/en/api/messages and /en/api/messages-streaming.</remarks>
internal sealed class AnthropicDialect : IDialect
{
    internal const string Version = "2023-06-01";

    public string ChatPath => "messages";

    public void AddHeaders(in ChatCall call, HttpRequestHeaders headers) => headers.Add("anthropic-version", Version);

    public void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped) =>
        AnthropicRequest.Write(call, output, dropped);

    public WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.TryGetProperty("error", out var error))
                return new WholeAnswer(default, null, 0, Failure(200, error, null));

            var output = new ArrayBufferWriter<byte>(body.Length + 256);
            long contentBytes = 0;
            using (var json = new Utf8JsonWriter(output))
            {
                json.WriteStartObject();
                json.WriteString("id", root.GetProperty("id").GetString());
                json.WriteString("object", "chat.completion");
                json.WriteNumber("created", created);
                json.WriteString("model", root.GetProperty("model").GetString());
                json.WriteStartArray("choices");
                json.WriteStartObject();
                json.WriteNumber("index", 0);
                json.WriteStartObject("message");
                json.WriteString("role", "assistant");
                contentBytes = WriteContent(json, root.GetProperty("content"));
                json.WriteEndObject();
                json.WriteString("finish_reason", FinishReason(root.GetProperty("stop_reason").GetString()));
                json.WriteNull("logprobs");
                json.WriteEndObject();
                json.WriteEndArray();
                if (root.TryGetProperty("usage", out var usage))
                    WriteUsage(json, Usage(usage, default));
                json.WriteEndObject();
            }

            TokenCounts? counts = root.TryGetProperty("usage", out var counted) ? Usage(counted, default) : null;
            return new WholeAnswer(output.WrittenMemory, counts, contentBytes, null);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer is not the JSON of a message.");
        }
    }

    public UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.TryGetProperty("error", out var error))
                return Failure(status, error, retryAfter);
        }
        catch (JsonException)
        {
            // Not JSON; the status alone has to do.
        }

        return OpenAiDialect.Name(status, null, $"The provider answered {status}.", retryAfter);
    }

    public IStreamTranslation OpenStream(StreamState state) => new AnthropicStream(state);

    internal static UpstreamFailure Failure(int status, JsonElement error, TimeSpan? retryAfter)
    {
        var type = error.ValueKind is JsonValueKind.Object && error.TryGetProperty("type", out var t) ? t.GetString() : null;
        var message = error.ValueKind is JsonValueKind.Object && error.TryGetProperty("message", out var m) ? m.GetString() : null;
        return OpenAiDialect.Name(status, type, message ?? "The provider reported an error.", retryAfter);
    }

    /// <summary>Anthropic counts cached and written tokens beside its input; here they are parts of it.</summary>
    internal static TokenCounts Usage(JsonElement usage, TokenCounts before)
    {
        long Count(string name, long otherwise) =>
            usage.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var count) ? count : otherwise;

        var cached = Count("cache_read_input_tokens", before.CachedInput);
        var written = Count("cache_creation_input_tokens", before.CacheWrite);
        var plain = Count("input_tokens", before.Input - before.CachedInput - before.CacheWrite);
        return new TokenCounts(plain + cached + written, Count("output_tokens", before.Output), cached, written);
    }

    internal static string FinishReason(string? stopReason) => stopReason switch
    {
        "max_tokens" or "model_context_window_exceeded" => "length",
        "tool_use" => "tool_calls",
        "refusal" => "content_filter",
        _ => "stop",
    };

    /// <summary>Usage in OpenAI's shape.</summary>
    internal static void WriteUsage(Utf8JsonWriter json, TokenCounts usage)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("prompt_tokens", usage.Input);
        json.WriteNumber("completion_tokens", usage.Output);
        json.WriteNumber("total_tokens", usage.Total);
        json.WriteStartObject("prompt_tokens_details");
        json.WriteNumber("cached_tokens", usage.CachedInput);
        if (usage.CacheWrite > 0)
            json.WriteNumber("cache_write_tokens", usage.CacheWrite);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static long WriteContent(Utf8JsonWriter json, JsonElement blocks)
    {
        var text = string.Concat(OfType(blocks, "text").Select(block => block.GetProperty("text").GetString()));
        var thinking = string.Concat(OfType(blocks, "thinking").Select(block => block.GetProperty("thinking").GetString()));
        var calls = OfType(blocks, "tool_use").ToList();
        long bytes = System.Text.Encoding.UTF8.GetByteCount(text) + System.Text.Encoding.UTF8.GetByteCount(thinking);

        if (text.Length > 0 || calls.Count == 0)
            json.WriteString("content", text);
        else
            json.WriteNull("content");
        if (thinking.Length > 0)
            json.WriteString("reasoning_content", thinking);
        if (calls.Count == 0)
            return bytes;

        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            var arguments = call.GetProperty("input").GetRawText();
            bytes += arguments.Length;
            json.WriteStartObject();
            json.WriteString("id", call.GetProperty("id").GetString());
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.GetProperty("name").GetString());
            json.WriteString("arguments", arguments);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        return bytes;
    }

    private static IEnumerable<JsonElement> OfType(JsonElement blocks, string type) =>
        blocks.EnumerateArray().Where(block => block.GetProperty("type").ValueEquals(type));
}
