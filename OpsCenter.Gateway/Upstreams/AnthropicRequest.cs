using System.Buffers;
using System.Text;
using System.Text.Json;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>An OpenAI chat request, written as an Anthropic one.</summary>
internal static class AnthropicRequest
{
    /// <summary>Anthropic demands a limit; this one is used when the caller names none.</summary>
    private const int DefaultMaxTokens = 4096;

    public static void Write(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("model", call.Offer.UpstreamModel);
        json.WriteNumber("max_tokens", Math.Min(call.Facts.MaxOutputTokens ?? DefaultMaxTokens, call.Offer.MaxOutput));
        foreach (var member in call.Body)
        {
            var name = Encoding.UTF8.GetString(call.Body.Name(member));
            using var document = JsonDocument.Parse(call.Body.Value(member));
            WriteMember(json, name, document.RootElement, dropped);
        }

        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement value, ICollection<string> dropped)
    {
        switch (name)
        {
            case "model" or "power_level" or "max_tokens" or "max_completion_tokens" or "stream_options" or "n":
                break;
            case "messages":
                WriteSystem(json, value);
                WriteMessages(json, value);
                break;
            case "stream" or "top_p":
                json.WritePropertyName(name);
                value.WriteTo(json);
                break;
            case "temperature" when value.ValueKind is JsonValueKind.Number:
                // OpenAI's scale ends at 2, Anthropic's at 1.
                json.WriteNumber(name, Math.Min(1, value.GetDouble()));
                break;
            case "stop" when value.ValueKind is JsonValueKind.String:
                json.WriteStartArray("stop_sequences");
                value.WriteTo(json);
                json.WriteEndArray();
                break;
            case "stop" when value.ValueKind is JsonValueKind.Array:
                json.WritePropertyName("stop_sequences");
                value.WriteTo(json);
                break;
            case "user" when value.ValueKind is JsonValueKind.String:
                json.WriteStartObject("metadata");
                json.WriteString("user_id", value.GetString());
                json.WriteEndObject();
                break;
            case "tools" when value.ValueKind is JsonValueKind.Array:
                WriteTools(json, value);
                break;
            case "tool_choice":
                WriteToolChoice(json, value);
                break;
            case "parallel_tool_calls":
                break;
            default:
                if (value.ValueKind is not JsonValueKind.Null)
                    dropped.Add(name);
                break;
        }
    }

    private static void WriteSystem(Utf8JsonWriter json, JsonElement messages)
    {
        var instructions = messages.EnumerateArray()
            .Where(message => Role(message) is "system" or "developer")
            .Select(message => Text(message))
            .ToList();
        if (instructions.Count > 0)
            json.WriteString("system", string.Join("\n\n", instructions));
    }

    /// <summary>Anthropic wants user and assistant in turn; neighbours of the same side become one message.</summary>
    private static void WriteMessages(Utf8JsonWriter json, JsonElement messages)
    {
        json.WriteStartArray("messages");
        string? open = null;
        foreach (var message in messages.EnumerateArray())
        {
            var role = Role(message) switch
            {
                "assistant" => "assistant",
                "user" or "tool" or "function" => "user",
                _ => null,
            };
            if (role is null)
                continue;
            if (role != open)
            {
                if (open is not null)
                    CloseMessage(json);
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteStartArray("content");
                open = role;
            }

            WriteBlocks(json, message);
        }

        if (open is not null)
            CloseMessage(json);
        json.WriteEndArray();
    }

    private static void CloseMessage(Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBlocks(Utf8JsonWriter json, JsonElement message)
    {
        if (Role(message) is "tool" or "function")
        {
            json.WriteStartObject();
            json.WriteString("type", "tool_result");
            json.WriteString("tool_use_id", message.TryGetProperty("tool_call_id", out var id) ? id.GetString() : "");
            json.WriteString("content", Text(message));
            json.WriteEndObject();
            return;
        }

        if (message.TryGetProperty("content", out var content))
            WriteContent(json, content);
        if (!message.TryGetProperty("tool_calls", out var calls) || calls.ValueKind is not JsonValueKind.Array)
            return;
        foreach (var call in calls.EnumerateArray())
        {
            var function = call.GetProperty("function");
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.GetProperty("id").GetString());
            json.WriteString("name", function.GetProperty("name").GetString());
            json.WritePropertyName("input");
            WriteArguments(json, function.TryGetProperty("arguments", out var arguments) ? arguments.GetString() : null);
            json.WriteEndObject();
        }
    }

    private static void WriteContent(Utf8JsonWriter json, JsonElement content)
    {
        if (content.ValueKind is JsonValueKind.String)
        {
            WriteText(json, content.GetString()!);
            return;
        }

        if (content.ValueKind is not JsonValueKind.Array)
            return;
        foreach (var part in content.EnumerateArray())
        {
            switch (part.TryGetProperty("type", out var type) ? type.GetString() : null)
            {
                case "text":
                    WriteText(json, part.GetProperty("text").GetString()!);
                    break;
                case "image_url":
                    var image = part.GetProperty("image_url");
                    WriteImage(json, image.ValueKind is JsonValueKind.String ? image.GetString()! : image.GetProperty("url").GetString()!);
                    break;
            }
        }
    }

    /// <summary>Anthropic refuses an empty text block, which OpenAI clients do send.</summary>
    private static void WriteText(Utf8JsonWriter json, string text)
    {
        if (text.Length == 0)
            return;
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", text);
        json.WriteEndObject();
    }

    private static void WriteImage(Utf8JsonWriter json, string url)
    {
        json.WriteStartObject();
        json.WriteString("type", "image");
        json.WriteStartObject("source");
        if (url.StartsWith("data:", StringComparison.Ordinal) && url.IndexOf(";base64,", StringComparison.Ordinal) is var mark and > 0)
        {
            json.WriteString("type", "base64");
            json.WriteString("media_type", url["data:".Length..mark]);
            json.WriteString("data", url[(mark + ";base64,".Length)..]);
        }
        else
        {
            json.WriteString("type", "url");
            json.WriteString("url", url);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteArguments(Utf8JsonWriter json, string? arguments)
    {
        if (!string.IsNullOrWhiteSpace(arguments))
        {
            try
            {
                using var document = JsonDocument.Parse(arguments);
                if (document.RootElement.ValueKind is JsonValueKind.Object)
                {
                    document.RootElement.WriteTo(json);
                    return;
                }
            }
            catch (JsonException)
            {
                // A model wrote these; what does not parse is sent as empty rather than refused.
            }
        }

        json.WriteStartObject();
        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, JsonElement tools)
    {
        json.WriteStartArray("tools");
        foreach (var tool in tools.EnumerateArray())
        {
            if (!tool.TryGetProperty("function", out var function))
                continue;
            json.WriteStartObject();
            json.WriteString("name", function.GetProperty("name").GetString());
            if (function.TryGetProperty("description", out var description))
                json.WriteString("description", description.GetString());
            json.WritePropertyName("input_schema");
            if (function.TryGetProperty("parameters", out var parameters))
                parameters.WriteTo(json);
            else
                json.WriteRawValue("""{"type":"object","properties":{}}""");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteToolChoice(Utf8JsonWriter json, JsonElement choice)
    {
        var (type, name) = choice.ValueKind switch
        {
            JsonValueKind.String => (choice.GetString() switch { "required" => "any", "none" => "none", _ => "auto" }, null),
            JsonValueKind.Object when choice.TryGetProperty("function", out var function) => ("tool", function.GetProperty("name").GetString()),
            _ => ("auto", null),
        };
        json.WriteStartObject("tool_choice");
        json.WriteString("type", type);
        if (name is not null)
            json.WriteString("name", name);
        json.WriteEndObject();
    }

    private static string? Role(JsonElement message) => message.GetProperty("role").GetString();

    private static string Text(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            return "";
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray()
                .Where(part => part.TryGetProperty("text", out _))
                .Select(part => part.GetProperty("text").GetString())),
            _ => "",
        };
    }
}
