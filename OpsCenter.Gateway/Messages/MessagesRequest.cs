using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Messages;

/// <summary>An Anthropic Messages request, written as an OpenAI chat.</summary>
/// <remarks>https://docs.anthropic.com/en/api/messages.</remarks>
internal sealed class MessagesRequest
{
    /// <summary>Budgets up to these are little and medium effort.</summary>
    private const int LowBudget = 2048;

    private const int MediumBudget = 8192;

    private readonly List<string> _untranslated = [];

    private MessagesRequest()
    {
    }

    /// <summary>Fields that OpenAI's shape has no place for.</summary>
    public IReadOnlyList<string> Untranslated => _untranslated;

    /// <summary>The first thing in the request that only Anthropic's models understand.</summary>
    public string? NativeOnly { get; private set; }

    /// <summary>Writes the chat.</summary>
    /// <param name="body">A well-formed JSON object.</param>
    /// <param name="output">Gets the chat.</param>
    /// <param name="needsLimit">Whether <c>max_tokens</c> must be there, as it must for an answer.</param>
    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    public static MessagesRequest Write(JsonElement body, IBufferWriter<byte> output, bool needsLimit = true)
    {
        var request = new MessagesRequest();
        using var json = new Utf8JsonWriter(output);
        request.WriteBody(json, body, needsLimit);
        return request;
    }

    private void WriteBody(Utf8JsonWriter json, JsonElement body, bool needsLimit)
    {
        if (needsLimit && body.Find("max_tokens") is null)
            throw Invalid("max_tokens", "max_tokens is missing: an integer of at least 1.");
        if (body.Find("messages") is not { ValueKind: JsonValueKind.Array } messages)
            throw Invalid("messages", "messages must be a non-empty array of objects with role and content.");

        json.WriteStartObject();
        json.WriteStartArray("messages");
        if (body.Find("system") is { } system)
            WriteSystem(json, system);
        var index = 0;
        foreach (var message in messages.EnumerateArray())
            WriteMessage(json, message, string.Create(CultureInfo.InvariantCulture, $"messages[{index++}]"));
        json.WriteEndArray();
        if (index == 0)
            throw Invalid("messages", "messages is empty: it needs at least one object with role and content.");

        foreach (var member in body.EnumerateObject())
        {
            if (member.Value.ValueKind is not JsonValueKind.Null)
                WriteMember(json, member.Name, member.Value);
        }

        json.WriteEndObject();
    }

    private void WriteMember(Utf8JsonWriter json, string name, JsonElement value)
    {
        switch (name)
        {
            case "messages" or "system":
                break;
            case "model" or "max_tokens" or "stream" or "temperature" or "top_p" or "top_k" or "power_level" or "provider" or "models":
                json.WritePropertyName(name);
                value.WriteTo(json);
                break;
            case "stop_sequences":
                RequireArray(name, value);
                if (value.GetArrayLength() == 0)
                    break;
                json.WritePropertyName("stop");
                value.WriteTo(json);
                break;
            case "metadata":
                if (value.Text("user_id") is { } user)
                    json.WriteString("user", user);
                break;
            case "tools":
                RequireArray(name, value);
                WriteTools(json, value);
                break;
            case "tool_choice":
                WriteToolChoice(json, value);
                break;
            case "thinking":
                WriteThinking(json, value);
                break;
            case "output_config":
                if (value.Find("format") is { } format)
                    WriteFormat(json, format);
                break;
            case "output_format":
                WriteFormat(json, value);
                break;
            case "mcp_servers" or "container":
                OnlyAnthropic(name);
                break;
            default:
                _untranslated.Add(name);
                break;
        }
    }

    private static void WriteSystem(Utf8JsonWriter json, JsonElement system)
    {
        var text = system.ValueKind switch
        {
            JsonValueKind.String => system.GetString()!,
            JsonValueKind.Array => string.Join("\n\n", system.Items().Select((block, index) =>
                block.Text("text") ?? throw Invalid($"system[{index}].text", $"system[{index}] must be a text block: its text is missing."))),
            _ => throw Invalid("system", "system must be a string or an array of text blocks."),
        };
        if (text.Length == 0)
            return;
        json.WriteStartObject();
        json.WriteString("role", "system");
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private void WriteMessage(Utf8JsonWriter json, JsonElement message, string path)
    {
        var role = message.Text("role");
        var content = message.Find("content");
        if (role is not ("user" or "assistant" or "system"))
            throw Invalid($"{path}.role", $"{path}.role must be user or assistant.");
        if (content is not { ValueKind: JsonValueKind.String or JsonValueKind.Array })
            throw Invalid($"{path}.content", $"{path}.content must be a string or an array of blocks.");
        if (content.Value.ValueKind is JsonValueKind.String || role is "system")
            WriteText(json, role, content.Value.ValueKind is JsonValueKind.String ? content.Value.GetString()! : Joined(content.Value));
        else if (role is "assistant")
            WriteAssistant(json, content.Value, path);
        else
            WriteUser(json, content.Value, path);
    }

    private static void WriteText(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    /// <summary>
    /// A model's thoughts stay behind: they are signed for the model that had them, and others refuse the field.
    /// </summary>
    private void WriteAssistant(Utf8JsonWriter json, JsonElement blocks, string path)
    {
        var text = new List<string>();
        var calls = new List<JsonElement>();
        var index = 0;
        foreach (var block in blocks.EnumerateArray())
        {
            var where = $"{path}.content[{index++}]";
            switch (block.Text("type"))
            {
                case "text":
                    text.Add(TextOf(block, where));
                    break;
                case "tool_use":
                    _ = block.Text("id") ?? throw Invalid($"{where}.id", $"{where}.id is missing: a string.");
                    _ = block.Text("name") ?? throw Invalid($"{where}.name", $"{where}.name is missing: a string.");
                    calls.Add(block);
                    break;
                case "thinking" or "redacted_thinking":
                    break;
                case { } type:
                    OnlyAnthropic($"{where} of type {type}");
                    break;
                default:
                    throw Invalid($"{where}.type", $"{where}.type is missing: text, tool_use or thinking.");
            }
        }

        json.WriteStartObject();
        json.WriteString("role", "assistant");
        if (text.Count > 0)
            json.WriteString("content", string.Concat(text));
        else if (calls.Count > 0)
            json.WriteNull("content");
        else
            json.WriteString("content", "");
        if (calls.Count > 0)
        {
            json.WriteStartArray("tool_calls");
            foreach (var call in calls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.Text("id"));
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", call.Text("name"));
                json.WriteString("arguments", call.Find("input")?.GetRawText() ?? "{}");
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Results of tools become messages of their own, which must follow the calls at once; the rest comes after them.</summary>
    private void WriteUser(Utf8JsonWriter json, JsonElement blocks, string path)
    {
        var parts = new List<JsonElement>();
        var results = 0;
        var index = 0;
        foreach (var block in blocks.EnumerateArray())
        {
            var where = $"{path}.content[{index++}]";
            switch (block.Text("type"))
            {
                case "text":
                    _ = TextOf(block, where);
                    parts.Add(block);
                    break;
                case "image":
                    parts.Add(block);
                    break;
                case "tool_result":
                    results++;
                    WriteResult(json, block, where, parts);
                    break;
                case "document" when block.Find("source") is { } source && source.Text("type") is "text" && source.Text("data") is not null:
                    parts.Add(block);
                    break;
                case { } type:
                    OnlyAnthropic($"{where} of type {type}");
                    break;
                default:
                    throw Invalid($"{where}.type", $"{where}.type is missing: text, image, document or tool_result.");
            }
        }

        // Only results of tools: those are the whole turn.
        if (parts.Count == 0 && results > 0)
            return;
        json.WriteStartObject();
        json.WriteString("role", "user");
        if (parts.TrueForAll(part => part.Text("type") is "text"))
        {
            json.WriteString("content", string.Join("\n\n", parts.Select(part => part.Text("text"))));
        }
        else
        {
            json.WriteStartArray("content");
            foreach (var part in parts)
                WritePart(json, part, path);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteResult(Utf8JsonWriter json, JsonElement block, string where, List<JsonElement> parts)
    {
        var content = block.Find("content");
        var text = content switch
        {
            null => "",
            { ValueKind: JsonValueKind.String } plain => plain.GetString()!,
            { ValueKind: JsonValueKind.Array } several => Joined(several),
            _ => throw Invalid($"{where}.content", $"{where}.content must be a string or an array of blocks."),
        };
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", block.Text("tool_use_id") ?? throw Invalid($"{where}.tool_use_id", $"{where}.tool_use_id is missing: a string."));
        // OpenAI has no flag for it, and a model must be able to tell a failure from a result.
        json.WriteString("content", block.IsTrue("is_error") ? $"Error: {text}" : text);
        json.WriteEndObject();
        // A tool message carries text only, so pictures come as the user's.
        if (content is { ValueKind: JsonValueKind.Array } all)
            parts.AddRange(all.Items().Where(part => part.Text("type") is "image"));
    }

    private void WritePart(Utf8JsonWriter json, JsonElement part, string path)
    {
        if (part.Text("type") is "image" && ImageAddress(part, path) is { } address)
        {
            json.WriteStartObject();
            json.WriteString("type", "image_url");
            json.WriteStartObject("image_url");
            json.WriteString("url", address);
            json.WriteEndObject();
            json.WriteEndObject();
            return;
        }

        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WriteString("text", part.Text("text") ?? part.Find("source")?.Text("data") ?? "");
        json.WriteEndObject();
    }

    private string? ImageAddress(JsonElement image, string path)
    {
        var source = image.Find("source") ?? throw Invalid($"{path}.content", $"An image in {path}.content has no source.");
        switch (source.Text("type"))
        {
            case "base64" when source.Text("media_type") is { } type && source.Text("data") is { } data:
                return $"data:{type};base64,{data}";
            case "url" when source.Text("url") is { } url:
                return url;
            case "file":
                OnlyAnthropic($"An image by file_id in {path}");
                return null;
            default:
                throw Invalid($"{path}.content", $"The source of an image in {path}.content must be base64 with media_type and data, or url with url.");
        }
    }

    private void WriteTools(Utf8JsonWriter json, JsonElement tools)
    {
        var index = 0;
        var any = false;
        foreach (var tool in tools.EnumerateArray())
        {
            var where = $"tools[{index++}]";
            if (tool.Text("type") is { } type and not "custom")
            {
                OnlyAnthropic($"{where} of type {type}");
                continue;
            }

            if (!any)
                json.WriteStartArray("tools");
            any = true;
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Text("name") ?? throw Invalid($"{where}.name", $"{where}.name is missing: a string."));
            tool.CopyTo("description", json, "description");
            tool.CopyTo("input_schema", json, "parameters");
            tool.CopyTo("strict", json, "strict");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        if (any)
            json.WriteEndArray();
    }

    private static void WriteToolChoice(Utf8JsonWriter json, JsonElement choice)
    {
        switch (choice.Text("type"))
        {
            case "auto":
                json.WriteString("tool_choice", "auto");
                break;
            case "any":
                json.WriteString("tool_choice", "required");
                break;
            case "none":
                json.WriteString("tool_choice", "none");
                break;
            case "tool" when choice.Text("name") is { } name:
                json.WriteStartObject("tool_choice");
                json.WriteString("type", "function");
                json.WriteStartObject("function");
                json.WriteString("name", name);
                json.WriteEndObject();
                json.WriteEndObject();
                break;
            default:
                throw Invalid("tool_choice", "tool_choice must be an object with type auto, any, none, or tool with a name.");
        }

        if (choice.IsTrue("disable_parallel_tool_use"))
            json.WriteBoolean("parallel_tool_calls", false);
    }

    private static void WriteThinking(Utf8JsonWriter json, JsonElement thinking)
    {
        if (thinking.Text("type") is not "enabled")
            return;
        json.WriteString("reasoning_effort", thinking.Number("budget_tokens") switch
        {
            null or <= LowBudget => "low",
            <= MediumBudget => "medium",
            _ => "high",
        });
    }

    private static void WriteFormat(Utf8JsonWriter json, JsonElement format)
    {
        if (format.Text("type") is not "json_schema" || format.Find("schema") is not { } schema)
            throw Invalid("output_config.format", "output_config.format must be of type json_schema with a schema.");
        json.WriteStartObject("response_format");
        json.WriteString("type", "json_schema");
        json.WriteStartObject("json_schema");
        json.WriteString("name", format.Text("name") ?? "output");
        json.WriteBoolean("strict", true);
        json.WritePropertyName("schema");
        schema.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void OnlyAnthropic(string what) =>
        NativeOnly ??= $"{what} is understood by Anthropic's own models only. Name one of them, such as anthropic/claude-sonnet-4.5, or leave it out.";

    private static string TextOf(JsonElement block, string where) =>
        block.Text("text") ?? throw Invalid($"{where}.text", $"{where}.text is missing: a string.");

    private static string Joined(JsonElement blocks) => string.Join('\n', blocks.Items().Select(block => block.Text("text")).OfType<string>());

    private static void RequireArray(string param, JsonElement value)
    {
        if (value.ValueKind is not JsonValueKind.Array)
            throw Invalid(param, $"{param} must be an array.");
    }

    private static ChatRequestException Invalid(string param, string message) => new("invalid_request", param, message);
}
