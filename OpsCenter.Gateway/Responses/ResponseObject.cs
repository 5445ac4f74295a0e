using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Responses;

/// <summary>The response object: the same whether it comes whole or as the last event of a stream.</summary>
internal static class ResponseObject
{
    public static string Id(string? completion) => $"resp_{completion}";

    /// <summary>Writes it.</summary>
    /// <param name="json">Where to; the caller has opened nothing.</param>
    /// <param name="request">What was asked, in the caller's words, which clients expect to hear again.</param>
    /// <param name="head">Which response it is.</param>
    /// <param name="status">in_progress, completed, incomplete or failed.</param>
    /// <param name="output">What has come so far.</param>
    /// <param name="tokens">Null until the end.</param>
    /// <param name="receipt">Writes the member <c>opscenter</c>.</param>
    public static void Write(
        Utf8JsonWriter json, JsonElement request, in Head head, string status, IReadOnlyList<OutputItem> output, TokenCounts? tokens, Action<Utf8JsonWriter>? receipt)
    {
        json.WriteStartObject();
        json.WriteString("id", Id(head.Id));
        json.WriteString("object", "response");
        json.WriteNumber("created_at", head.Created);
        json.WriteString("status", status);
        json.WriteNull("error");
        if (status is "incomplete")
        {
            json.WriteStartObject("incomplete_details");
            json.WriteString("reason", head.FinishReason is "content_filter" ? "content_filter" : "max_output_tokens");
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("incomplete_details");
        }

        json.WriteString("model", head.Model);
        json.WriteStartArray("output");
        foreach (var item in output)
            item.Write(json);
        json.WriteEndArray();
        Echo(json, request, "instructions", "null");
        Echo(json, request, "max_output_tokens", "null");
        Echo(json, request, "metadata", "{}");
        Echo(json, request, "parallel_tool_calls", "true");
        Echo(json, request, "reasoning", """{"effort":null,"summary":null}""");
        Echo(json, request, "temperature", "1");
        Echo(json, request, "text", """{"format":{"type":"text"}}""");
        Echo(json, request, "tool_choice", "\"auto\"");
        Echo(json, request, "tools", "[]");
        Echo(json, request, "top_p", "1");
        Echo(json, request, "user", "null");
        json.WriteNull("previous_response_id");
        json.WriteBoolean("store", false);
        json.WriteString("truncation", "disabled");
        if (tokens is { } counted)
            WriteUsage(json, counted);
        else
            json.WriteNull("usage");
        receipt?.Invoke(json);
        json.WriteEndObject();
    }

    public static string Status(string? finishReason) => finishReason is "length" or "content_filter" ? "incomplete" : "completed";

    private static void Echo(Utf8JsonWriter json, JsonElement request, string name, string otherwise)
    {
        json.WritePropertyName(name);
        if (request.Find(name) is { } value)
            value.WriteTo(json);
        else
            json.WriteRawValue(otherwise);
    }

    private static void WriteUsage(Utf8JsonWriter json, TokenCounts tokens)
    {
        json.WriteStartObject("usage");
        json.WriteNumber("input_tokens", tokens.Input);
        json.WriteStartObject("input_tokens_details");
        json.WriteNumber("cached_tokens", tokens.CachedInput);
        json.WriteEndObject();
        json.WriteNumber("output_tokens", tokens.Output);
        json.WriteStartObject("output_tokens_details");
        json.WriteNumber("reasoning_tokens", tokens.Reasoning);
        json.WriteEndObject();
        json.WriteNumber("total_tokens", tokens.Total);
        json.WriteEndObject();
    }
}

/// <param name="Id">Of the completion that it is made of.</param>
/// <param name="Model">As the provider names it.</param>
/// <param name="Created">Unix seconds.</param>
/// <param name="FinishReason">As the provider gave it; null until the end.</param>
internal readonly record struct Head(string? Id, string? Model, long Created, string? FinishReason = null);

/// <summary>One item of a response's output.</summary>
internal sealed record OutputItem(OutputKind Kind, string Id, string Text, string? CallId = null, string? Name = null)
{
    public void Write(Utf8JsonWriter json, string status = "completed")
    {
        json.WriteStartObject();
        json.WriteString("id", Id);
        switch (Kind)
        {
            case OutputKind.Reasoning:
                json.WriteString("type", "reasoning");
                json.WriteStartArray("summary");
                json.WriteEndArray();
                json.WriteStartArray("content");
                json.WriteStartObject();
                json.WriteString("type", "reasoning_text");
                json.WriteString("text", Text);
                json.WriteEndObject();
                json.WriteEndArray();
                break;
            case OutputKind.Call:
                json.WriteString("type", "function_call");
                json.WriteString("status", status);
                json.WriteString("call_id", CallId);
                json.WriteString("name", Name);
                json.WriteString("arguments", Text);
                break;
            default:
                json.WriteString("type", "message");
                json.WriteString("status", status);
                json.WriteString("role", "assistant");
                json.WriteStartArray("content");
                if (status is "completed")
                    WritePart(json);
                json.WriteEndArray();
                break;
        }

        json.WriteEndObject();
    }

    public void WritePart(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Kind is OutputKind.Refusal)
        {
            json.WriteString("type", "refusal");
            json.WriteString("refusal", Text);
        }
        else
        {
            json.WriteString("type", "output_text");
            json.WriteString("text", Text);
            json.WriteStartArray("annotations");
            json.WriteEndArray();
            json.WriteStartArray("logprobs");
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}

internal enum OutputKind
{
    Reasoning,
    Text,
    Refusal,
    Call,
}
