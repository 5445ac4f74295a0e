using System.Buffers;
using System.Text;
using System.Text.Json;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>An OpenAI chat request, written for Ollama's own <c>/api/chat</c>.</summary>
/// <remarks>https://github.com/ollama/ollama/blob/main/docs/api.md.</remarks>
internal static class OllamaRequest
{
    /// <summary>Fields that Ollama knows, most by the same name, as options of the model.</summary>
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["temperature"] = "temperature",
        ["top_p"] = "top_p",
        ["top_k"] = "top_k",
        ["seed"] = "seed",
        ["presence_penalty"] = "presence_penalty",
        ["frequency_penalty"] = "frequency_penalty",
        ["stop"] = "stop",
    };

    public static void Write(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        using var json = new Utf8JsonWriter(output);
        var options = new List<(string Name, JsonElement Value)>();
        json.WriteStartObject();
        json.WriteString("model", call.Offer.UpstreamModel);
        // Ollama streams unless told not to.
        json.WriteBoolean("stream", call.Facts.Stream);
        foreach (var member in call.Body)
        {
            var name = Encoding.UTF8.GetString(call.Body.Name(member));
            using var document = JsonDocument.Parse(call.Body.Value(member));
            var value = document.RootElement;
            if (value.ValueKind is JsonValueKind.Null)
                continue;
            if (Options.TryGetValue(name, out var option))
                options.Add((option, value.Clone()));
            else
                WriteMember(json, name, value, dropped);
        }

        json.WriteStartObject("options");
        foreach (var (name, value) in options)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }

        if (call.Limit is { } limit)
            json.WriteNumber("num_predict", limit);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement value, ICollection<string> dropped)
    {
        switch (name)
        {
            case "model" or "power_level" or "stream" or "stream_options" or "max_tokens" or "max_completion_tokens":
                break;
            case "messages":
                WriteMessages(json, value);
                break;
            case "tools":
                json.WritePropertyName("tools");
                value.WriteTo(json);
                break;
            case "response_format" when value.Find("json_schema")?.Find("schema") is { } schema:
                json.WritePropertyName("format");
                schema.WriteTo(json);
                break;
            case "response_format":
                if (value.Text("type") is "json_object")
                    json.WriteString("format", "json");
                break;
            case "reasoning_effort" when value.ValueKind is JsonValueKind.String:
                json.WriteBoolean("think", value.GetString() is not "none");
                break;
            default:
                dropped.Add(name);
                break;
        }
    }

    private static void WriteMessages(Utf8JsonWriter json, JsonElement messages)
    {
        // A result says which tool it is of by name here; OpenAI says it by the id of the call.
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        json.WriteStartArray("messages");
        foreach (var message in messages.Items())
        {
            var parts = message.Find("content") is { ValueKind: JsonValueKind.Array } several ? several.Items().ToList() : [];
            json.WriteStartObject();
            json.WriteString("role", message.Text("role") switch { "developer" => "system", "function" => "tool", var role => role });
            json.WriteString("content", message.Text("content") ?? string.Concat(parts.Select(part => part.Text("text") ?? part.Text("refusal"))));
            var images = parts.Select(part => part.Find("image_url")?.Text("url")).OfType<string>().ToList();
            if (images.Count > 0)
            {
                json.WriteStartArray("images");
                foreach (var image in images)
                    json.WriteStringValue(image.IndexOf(";base64,", StringComparison.Ordinal) is var mark and > 0 ? image[(mark + ";base64,".Length)..] : image);
                json.WriteEndArray();
            }

            if (message.Text("tool_call_id") is { } id && names.TryGetValue(id, out var name))
                json.WriteString("tool_name", name);
            WriteCalls(json, message, names);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCalls(Utf8JsonWriter json, JsonElement message, Dictionary<string, string> names)
    {
        var calls = message.Items("tool_calls").ToList();
        if (calls.Count == 0)
            return;
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            var name = call.Find("function")?.Text("name") ?? "";
            names[call.Text("id") ?? ""] = name;
            json.WriteStartObject();
            json.WriteStartObject("function");
            json.WriteString("name", name);
            json.WritePropertyName("arguments");
            JsonText.WriteObject(json, call.Find("function")?.Text("arguments"));
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
