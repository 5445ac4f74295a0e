using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>An OpenAI chat request, written as an Anthropic one.</summary>
internal static class AnthropicRequest
{
    /// <summary>Anthropic demands a limit; this one is used when the caller names none.</summary>
    private const int DefaultMaxTokens = 4096;

    /// <summary>The least that Anthropic lets a model think.</summary>
    private const int LeastThinking = 1024;

    private const string JsonOnly = "Answer with one JSON object and nothing else.";

    public static void Write(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in call.Body)
        {
            using var document = JsonDocument.Parse(call.Body.Value(member));
            members[Encoding.UTF8.GetString(call.Body.Name(member))] = document.RootElement.Clone();
        }

        var limit = call.Limit ?? Math.Min(DefaultMaxTokens, call.Offer.MaxOutput);
        var thinking = Thinking(call, members, limit);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("model", call.Offer.UpstreamModel);
        json.WriteNumber("max_tokens", limit);
        if (thinking is { } budget)
        {
            json.WriteStartObject("thinking");
            json.WriteString("type", "enabled");
            json.WriteNumber("budget_tokens", budget);
            json.WriteEndObject();
        }

        foreach (var (name, value) in members)
        {
            // Thinking goes with the usual temperature only.
            if (thinking is not null && name is "temperature" or "top_k")
                dropped.Add(name);
            else if (value.ValueKind is not JsonValueKind.Null)
                WriteMember(json, name, value, members, dropped);
        }

        if (thinking is null && members.GetValueOrDefault("reasoning_effort").ValueKind is JsonValueKind.String)
            dropped.Add("reasoning_effort");
        json.WriteEndObject();
    }

    /// <summary>
    /// How much to think for a reasoning_effort; null for not at all. In the middle of a tool loop Anthropic wants its own
    /// signed thoughts back, which no OpenAI client has, so there it must not think; nor may it when a tool is forced.
    /// </summary>
    private static int? Thinking(in ChatCall call, Dictionary<string, JsonElement> members, int limit)
    {
        if (!call.Offer.Capabilities.HasFlag(ModelCapabilities.Reasoning)
            || members.GetValueOrDefault("reasoning_effort") is not { ValueKind: JsonValueKind.String } effort
            || members.GetValueOrDefault("messages").Items().LastOrDefault().Text("role") is "tool" or "function"
            || (members.TryGetValue("tool_choice", out var choice) && ToolChoice(choice).Type is "any" or "tool"))
            return null;
        var budget = effort.GetString() switch
        {
            "low" => LeastThinking,
            "medium" => 4 * LeastThinking,
            "high" or "xhigh" => 16 * LeastThinking,
            _ => 0,
        };
        budget = Math.Min(budget, limit - 1);
        return budget >= LeastThinking ? budget : null;
    }

    private static void WriteMember(
        Utf8JsonWriter json, string name, JsonElement value, Dictionary<string, JsonElement> members, ICollection<string> dropped)
    {
        switch (name)
        {
            case "model" or "power_level" or "max_tokens" or "max_completion_tokens" or "stream_options" or "n" or "reasoning_effort":
                break;
            case "messages":
                WriteSystem(json, value, members.GetValueOrDefault("response_format").Text("type") is "json_object");
                WriteMessages(json, value);
                break;
            case "stream" or "top_p" or "top_k":
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
                if (!members.ContainsKey("tool_choice") && IsSerial(members))
                    WriteToolChoice(json, default, serial: true);
                break;
            case "tool_choice":
                WriteToolChoice(json, value, IsSerial(members));
                break;
            case "parallel_tool_calls":
                break;
            case "response_format":
                WriteFormat(json, value);
                break;
            default:
                dropped.Add(name);
                break;
        }
    }

    private static bool IsSerial(Dictionary<string, JsonElement> members) =>
        members.GetValueOrDefault("parallel_tool_calls").ValueKind is JsonValueKind.False;

    /// <summary>A schema is enforced by Anthropic itself, and its answer is the JSON as text, as OpenAI's is.</summary>
    private static void WriteFormat(Utf8JsonWriter json, JsonElement format)
    {
        if (format.Find("json_schema")?.Find("schema") is not { } schema)
            return;
        json.WriteStartObject("output_config");
        json.WriteStartObject("format");
        json.WriteString("type", "json_schema");
        json.WritePropertyName("schema");
        schema.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSystem(Utf8JsonWriter json, JsonElement messages, bool wantsJson)
    {
        var instructions = messages.Items()
            .Where(message => message.Text("role") is "system" or "developer")
            .Select(Text)
            .Concat(wantsJson ? [JsonOnly] : [])
            .Where(text => text.Length > 0)
            .ToList();
        if (instructions.Count > 0)
            json.WriteString("system", string.Join("\n\n", instructions));
    }

    /// <summary>Anthropic wants user and assistant in turn; neighbours of the same side become one message.</summary>
    private static void WriteMessages(Utf8JsonWriter json, JsonElement messages)
    {
        json.WriteStartArray("messages");
        string? open = null;
        foreach (var message in messages.Items())
        {
            var role = message.Text("role") switch
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
        if (message.Text("role") is "tool" or "function")
        {
            json.WriteStartObject();
            json.WriteString("type", "tool_result");
            json.WriteString("tool_use_id", message.Text("tool_call_id") ?? "");
            json.WriteString("content", Text(message));
            json.WriteEndObject();
            return;
        }

        if (message.Find("content") is { } content)
            WriteContent(json, content);
        foreach (var call in message.Items("tool_calls"))
        {
            json.WriteStartObject();
            json.WriteString("type", "tool_use");
            json.WriteString("id", call.Text("id") ?? "");
            json.WriteString("name", call.Find("function")?.Text("name") ?? "");
            json.WritePropertyName("input");
            JsonText.WriteObject(json, call.Find("function")?.Text("arguments"));
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

        foreach (var part in content.Items())
        {
            switch (part.Text("type"))
            {
                case "text" or "refusal":
                    WriteText(json, part.Text("text") ?? part.Text("refusal") ?? "");
                    break;
                case "image_url" when (part.Find("image_url")?.Text("url") ?? part.Text("image_url")) is { } url:
                    WriteImage(json, url);
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

    private static void WriteTools(Utf8JsonWriter json, JsonElement tools)
    {
        json.WriteStartArray("tools");
        foreach (var tool in tools.Items())
        {
            if (tool.Find("function") is not { } function)
                continue;
            json.WriteStartObject();
            json.WriteString("name", function.Text("name") ?? "");
            function.CopyTo("description", json, "description");
            function.CopyTo("strict", json, "strict");
            json.WritePropertyName("input_schema");
            if (function.Find("parameters") is { } parameters)
                parameters.WriteTo(json);
            else
                json.WriteRawValue("""{"type":"object","properties":{}}""");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static (string Type, string? Name) ToolChoice(JsonElement choice) => choice.ValueKind switch
    {
        JsonValueKind.String => (choice.GetString() switch { "required" => "any", "none" => "none", _ => "auto" }, null),
        JsonValueKind.Object when choice.Find("function")?.Text("name") is { } name => ("tool", name),
        _ => ("auto", null),
    };

    private static void WriteToolChoice(Utf8JsonWriter json, JsonElement choice, bool serial)
    {
        var (type, name) = ToolChoice(choice);
        json.WriteStartObject("tool_choice");
        json.WriteString("type", type);
        if (name is not null)
            json.WriteString("name", name);
        if (serial && type != "none")
            json.WriteBoolean("disable_parallel_tool_use", true);
        json.WriteEndObject();
    }

    private static string Text(JsonElement message) => message.Find("content") switch
    {
        { ValueKind: JsonValueKind.String } content => content.GetString()!,
        { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.Items().Select(part => part.Text("text"))),
        _ => "",
    };
}
