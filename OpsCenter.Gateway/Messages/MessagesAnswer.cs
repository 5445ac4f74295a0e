using System.Buffers;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Messages;

/// <summary>An OpenAI chat completion, written as an Anthropic message.</summary>
internal static class MessagesAnswer
{
    private const string IdPrefix = "msg_";

    public static ReadOnlyMemory<byte> Write(ReadOnlyMemory<byte> completion, TokenCounts tokens, Action<Utf8JsonWriter>? receipt)
    {
        using var document = JsonDocument.Parse(completion);
        var root = document.RootElement;
        var choice = root.Items("choices").FirstOrDefault();
        var message = choice.Find("message") ?? default;
        var calls = message.Items("tool_calls").ToList();

        var output = new ArrayBufferWriter<byte>(completion.Length + 256);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            WriteHead(json, root.Text("id"), root.Text("model"));
            json.WriteStartArray("content");
            if ((message.Text("reasoning_content") ?? message.Text("reasoning")) is { Length: > 0 } thought)
            {
                json.WriteStartObject();
                json.WriteString("type", "thinking");
                json.WriteString("thinking", thought);
                json.WriteString("signature", "");
                json.WriteEndObject();
            }

            if ((message.Text("content") + message.Text("refusal")) is { Length: > 0 } text)
            {
                json.WriteStartObject();
                json.WriteString("type", "text");
                json.WriteString("text", text);
                json.WriteEndObject();
            }

            for (var index = 0; index < calls.Count; index++)
                WriteCall(json, calls[index], root.Text("id"), index);
            json.WriteEndArray();
            json.WriteString("stop_reason", StopReason(choice.Text("finish_reason"), calls.Count > 0, message.Text("refusal") is { Length: > 0 }));
            json.WriteNull("stop_sequence");
            json.WriteStartObject("usage");
            WriteUsage(json, tokens);
            json.WriteEndObject();
            receipt?.Invoke(json);
            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    public static void WriteHead(Utf8JsonWriter json, string? id, string? model)
    {
        json.WriteString("id", Id(id));
        json.WriteString("type", "message");
        json.WriteString("role", "assistant");
        json.WriteString("model", model ?? "");
    }

    /// <summary>Anthropic counts what was read from and written to its cache beside the input.</summary>
    public static void WriteUsage(Utf8JsonWriter json, TokenCounts tokens)
    {
        json.WriteNumber("input_tokens", tokens.Input - tokens.CachedInput - tokens.CacheWrite);
        json.WriteNumber("cache_creation_input_tokens", tokens.CacheWrite);
        json.WriteNumber("cache_read_input_tokens", tokens.CachedInput);
        json.WriteNumber("output_tokens", tokens.Output);
    }

    public static string StopReason(string? finishReason, bool calls, bool refused) => finishReason switch
    {
        "length" => "max_tokens",
        "content_filter" => "refusal",
        // Some providers stop with calls and say only that they stopped.
        _ when calls => "tool_use",
        _ when refused => "refusal",
        _ => "end_turn",
    };

    /// <summary>A call without an id gets one, since the result must name it.</summary>
    public static string CallId(string? id, string? answer, int index) =>
        id is { Length: > 0 } ? id : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"toolu_{answer}_{index}");

    private static string Id(string? id) =>
        id is not null && id.StartsWith(IdPrefix, StringComparison.Ordinal) ? id : IdPrefix + id;

    private static void WriteCall(Utf8JsonWriter json, JsonElement call, string? answer, int index)
    {
        json.WriteStartObject();
        json.WriteString("type", "tool_use");
        json.WriteString("id", CallId(call.Text("id"), answer, index));
        json.WriteString("name", call.Find("function")?.Text("name") ?? "");
        json.WritePropertyName("input");
        JsonText.WriteObject(json, call.Find("function")?.Text("arguments"));
        json.WriteEndObject();
    }
}
