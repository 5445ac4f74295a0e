using System.Buffers;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Responses;

/// <summary>An OpenAI Responses request, written as a chat. What would need a memory of earlier responses is refused.</summary>
/// <remarks>https://platform.openai.com/docs/api-reference/responses/create.</remarks>
internal static class ResponsesRequest
{
    /// <summary>These ask for state, or for work that goes on without the caller.</summary>
    private static readonly string[] Stateful = ["previous_response_id", "conversation", "background", "prompt"];

    /// <summary>Meaningful to OpenAI's own service only, and harmless to leave out.</summary>
    private static readonly string[] Ignored =
        ["store", "include", "truncation", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention", "metadata", "max_tool_calls", "top_logprobs", "stream_options"];

    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    public static void Write(JsonElement body, IBufferWriter<byte> output)
    {
        if (body.IsTrue("store"))
            throw Unsupported("store", "Responses are not stored here: leave store out, or send false.");
        foreach (var name in Stateful)
        {
            if (body.Find(name) is { ValueKind: not JsonValueKind.False })
                throw Unsupported(name, $"{name} is not supported: responses are not stored here, so send the whole conversation as input.");
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartArray("messages");
        if (body.Text("instructions") is { Length: > 0 } instructions)
            WriteMessage(json, "system", instructions);
        WriteInput(json, body.Find("input") ?? throw Invalid("input", "input is missing: a string or an array of items."));
        json.WriteEndArray();
        foreach (var member in body.EnumerateObject())
        {
            if (member.Value.ValueKind is not JsonValueKind.Null)
                WriteMember(json, member.Name, member.Value);
        }

        json.WriteEndObject();
    }

    private static void WriteMember(Utf8JsonWriter json, string name, JsonElement value)
    {
        switch (name)
        {
            case "input" or "instructions" or "previous_response_id" or "conversation" or "background" or "prompt":
                break;
            case "max_output_tokens":
                json.WritePropertyName("max_completion_tokens");
                value.WriteTo(json);
                break;
            case "tools":
                WriteTools(json, value);
                break;
            case "tool_choice":
                WriteToolChoice(json, value);
                break;
            case "text":
                if (value.Find("format") is { } format)
                    WriteFormat(json, format);
                break;
            case "reasoning":
                value.CopyTo("effort", json, "reasoning_effort");
                break;
            default:
                if (Ignored.Contains(name))
                    break;
                json.WritePropertyName(name);
                value.WriteTo(json);
                break;
        }
    }

    private static void WriteInput(Utf8JsonWriter json, JsonElement input)
    {
        if (input.ValueKind is JsonValueKind.String)
        {
            WriteMessage(json, "user", input.GetString()!);
            return;
        }

        if (input.ValueKind is not JsonValueKind.Array || input.GetArrayLength() == 0)
            throw Invalid("input", "input must be a string or a non-empty array of items.");
        var items = input.EnumerateArray().ToList();
        for (var index = 0; index < items.Count; index++)
        {
            var where = $"input[{index}]";
            switch (items[index].Text("type") ?? "message")
            {
                case "message":
                    WriteItem(json, items[index], where);
                    break;
                case "function_call":
                    // Calls side by side belong to one message of the assistant.
                    var calls = items.Skip(index).TakeWhile(item => item.Text("type") is "function_call").ToList();
                    WriteCalls(json, calls, where);
                    index += calls.Count - 1;
                    break;
                case "function_call_output":
                    WriteOutput(json, items[index], where);
                    break;
                case "reasoning":
                    break;
                case var type:
                    throw Invalid($"{where}.type", $"{where}.type {type} is not supported: message, function_call, function_call_output or reasoning.");
            }
        }
    }

    private static void WriteMessage(Utf8JsonWriter json, string role, string text)
    {
        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteString("content", text);
        json.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter json, JsonElement item, string where)
    {
        var role = item.Text("role") ?? throw Invalid($"{where}.role", $"{where}.role is missing: user, assistant, system or developer.");
        var content = item.Find("content") ?? throw Invalid($"{where}.content", $"{where}.content is missing: a string or an array of parts.");
        if (content.ValueKind is JsonValueKind.String)
        {
            WriteMessage(json, role, content.GetString()!);
            return;
        }

        if (content.ValueKind is not JsonValueKind.Array)
            throw Invalid($"{where}.content", $"{where}.content must be a string or an array of parts.");
        var parts = content.EnumerateArray().ToList();
        if (parts.TrueForAll(part => part.Text("type") is "input_text" or "output_text" or "text"))
        {
            WriteMessage(json, role, string.Concat(parts.Select(part => part.Text("text"))));
            return;
        }

        json.WriteStartObject();
        json.WriteString("role", role);
        json.WriteStartArray("content");
        for (var index = 0; index < parts.Count; index++)
            WritePart(json, parts[index], $"{where}.content[{index}]");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePart(Utf8JsonWriter json, JsonElement part, string where)
    {
        json.WriteStartObject();
        switch (part.Text("type"))
        {
            case "input_text" or "output_text" or "text" or "refusal":
                json.WriteString("type", "text");
                json.WriteString("text", part.Text("text") ?? part.Text("refusal") ?? throw Invalid($"{where}.text", $"{where}.text is missing: a string."));
                break;
            case "input_image":
                json.WriteString("type", "image_url");
                json.WriteStartObject("image_url");
                json.WriteString("url", part.Text("image_url") ?? throw Invalid($"{where}.image_url", $"{where}.image_url is missing: an http(s) or data address. Files by id are not stored here."));
                part.CopyTo("detail", json, "detail");
                json.WriteEndObject();
                break;
            case var type:
                throw Invalid($"{where}.type", $"{where}.type {type ?? "(none)"} is not supported: input_text, output_text, input_image or refusal.");
        }

        json.WriteEndObject();
    }

    private static void WriteCalls(Utf8JsonWriter json, List<JsonElement> calls, string where)
    {
        json.WriteStartObject();
        json.WriteString("role", "assistant");
        json.WriteNull("content");
        json.WriteStartArray("tool_calls");
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("id", call.Text("call_id") ?? throw Invalid($"{where}.call_id", $"{where}.call_id is missing: a string."));
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Text("name") ?? throw Invalid($"{where}.name", $"{where}.name is missing: a string."));
            json.WriteString("arguments", call.Text("arguments") ?? "{}");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, JsonElement item, string where)
    {
        json.WriteStartObject();
        json.WriteString("role", "tool");
        json.WriteString("tool_call_id", item.Text("call_id") ?? throw Invalid($"{where}.call_id", $"{where}.call_id is missing: a string."));
        json.WriteString("content", item.Find("output") switch
        {
            { ValueKind: JsonValueKind.String } text => text.GetString(),
            { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.Items().Select(part => part.Text("text"))),
            _ => throw Invalid($"{where}.output", $"{where}.output must be a string or an array of parts."),
        });
        json.WriteEndObject();
    }

    private static void WriteTools(Utf8JsonWriter json, JsonElement tools)
    {
        if (tools.ValueKind is not JsonValueKind.Array)
            throw Invalid("tools", "tools must be an array of objects.");
        if (tools.GetArrayLength() == 0)
            return;
        json.WriteStartArray("tools");
        var index = 0;
        foreach (var tool in tools.EnumerateArray())
        {
            if (tool.Text("type") is not "function")
                throw Unsupported($"tools[{index}].type", $"tools[{index}].type {tool.Text("type") ?? "(none)"} is not supported: only function. Tools that OpenAI runs itself do not exist here.");
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", tool.Text("name") ?? throw Invalid($"tools[{index}].name", $"tools[{index}].name is missing: a string."));
            tool.CopyTo("description", json, "description");
            tool.CopyTo("parameters", json, "parameters");
            tool.CopyTo("strict", json, "strict");
            json.WriteEndObject();
            json.WriteEndObject();
            index++;
        }

        json.WriteEndArray();
    }

    private static void WriteToolChoice(Utf8JsonWriter json, JsonElement choice)
    {
        json.WritePropertyName("tool_choice");
        if (choice.ValueKind is JsonValueKind.String)
        {
            choice.WriteTo(json);
            return;
        }

        if (choice.Text("type") is not "function" || choice.Text("name") is not { } name)
            throw Invalid("tool_choice", "tool_choice must be auto, none, required, or an object with type function and a name.");
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteFormat(Utf8JsonWriter json, JsonElement format)
    {
        json.WriteStartObject("response_format");
        json.WriteString("type", format.Text("type"));
        if (format.Text("type") is "json_schema")
        {
            json.WriteStartObject("json_schema");
            json.WriteString("name", format.Text("name") ?? "output");
            format.CopyTo("description", json, "description");
            format.CopyTo("schema", json, "schema");
            format.CopyTo("strict", json, "strict");
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static ChatRequestException Invalid(string param, string message) => new("invalid_request", param, message);

    private static ChatRequestException Unsupported(string param, string message) => new("unsupported_parameter", param, message);
}
