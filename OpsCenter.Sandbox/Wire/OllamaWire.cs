using System.Globalization;
using System.Text.Json;

namespace OpsCenter.Sandbox.Wire;

/// <summary>Ollama's own chat: a JSON object a line, streaming unless told not to, whole tool calls, counts in the last line.</summary>
internal sealed class OllamaWire : IWire
{
    private const long NanosecondsPerToken = 6_000_000;

    public string StreamType => "application/x-ndjson";

    public bool ReportsUsage(Turn turn) => turn.Usage is not null;

    public Prompt Read(JsonElement body)
    {
        var model = body.GetProperty("model").GetString()!;
        var options = body.Find("options");
        var tools = body.Find("tools");
        var format = body.Find("format");
        return new Prompt
        {
            Model = model,
            Messages = [.. body.GetProperty("messages").EnumerateArray().Select(ReadMessage)],
            Streams = body.Find("stream")?.GetBoolean() ?? true,
            Tools = tools is { } list ? [.. list.EnumerateArray().Select(RequestJson.FunctionTool)] : [],
            ToolsJson = tools?.GetRawText() ?? "",
            WantsJson = format is not null,
            Schema = format is { ValueKind: JsonValueKind.Object } ? format : null,
            // -1 and -2 mean without end.
            MaxTokens = options?.Number("num_predict") is { } limit and >= 0 ? limit : null,
            Stops = options?.Texts("stop") ?? [],
            Thinks = body.Find("think") is { ValueKind: not JsonValueKind.False } || Prompt.IsReasoningModel(model),
        };
    }

    public void WriteAnswer(Utf8JsonWriter json, Turn turn)
    {
        var answer = turn.Answers[0];
        WriteHead(json, turn);
        json.WriteString("content"u8, answer.Text);
        if (answer.Reasoning is { Length: > 0 } reasoning)
            json.WriteString("thinking"u8, reasoning);
        Part[] calls = [.. answer.Calls];
        if (calls is not [])
        {
            json.WriteStartArray("tool_calls"u8);
            foreach (var call in calls)
                WriteCall(json, call, isCut: answer.Finish is Finish.Length);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        WriteDone(json, turn);
    }

    public void WriteStart(Frames frames, Turn turn)
    {
    }

    public void WritePiece(Frames frames, Turn turn, int choice, in Piece piece)
    {
        var part = piece.Part;
        if (part.Kind is PartKind.Call && !piece.Closes)
            return;

        var json = frames.Begin([]);
        WriteHead(json, turn);
        switch (part.Kind)
        {
            case PartKind.Reasoning:
                json.WriteString("content"u8, ""u8);
                json.WriteString("thinking"u8, piece.Text.Span);
                break;
            case PartKind.Call:
                json.WriteString("content"u8, ""u8);
                json.WriteStartArray("tool_calls"u8);
                WriteCall(json, part, isCut: turn.Answers[choice].Finish is Finish.Length);
                json.WriteEndArray();
                break;
            default:
                json.WriteString("content"u8, piece.Text.Span);
                break;
        }

        json.WriteEndObject();
        json.WriteBoolean("done"u8, false);
        json.WriteEndObject();
        frames.End("\n"u8);
    }

    public void WriteFinish(Frames frames, Turn turn, int choice)
    {
        if (turn.EndsSilently)
            return;
        var json = frames.Begin([]);
        WriteHead(json, turn);
        json.WriteString("content"u8, ""u8);
        json.WriteEndObject();
        WriteDone(json, turn);
        frames.End("\n"u8);
    }

    public void WriteEnd(Frames frames, Turn turn)
    {
    }

    public void WriteError(Utf8JsonWriter json, Refusal refusal, string requestId)
    {
        json.WriteStartObject();
        json.WriteString("error"u8, refusal.Message);
        json.WriteEndObject();
    }

    public void WriteStreamError(Frames frames, Turn turn, Refusal refusal)
    {
        WriteError(frames.Begin([]), refusal, turn.Id);
        frames.End("\n"u8);
    }

    /// <summary>Opens the object and its message.</summary>
    private static void WriteHead(Utf8JsonWriter json, Turn turn)
    {
        json.WriteStartObject();
        json.WriteString("model"u8, turn.Prompt.Model);
        json.WriteString("created_at"u8, turn.At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
    }

    private static void WriteDone(Utf8JsonWriter json, Turn turn)
    {
        json.WriteString("done_reason"u8, turn.Answers[0].Finish is Finish.Length ? "length" : "stop");
        json.WriteBoolean("done"u8, true);
        if (turn.Usage is { } usage)
        {
            json.WriteNumber("total_duration"u8, usage.Total * NanosecondsPerToken);
            json.WriteNumber("load_duration"u8, NanosecondsPerToken);
            json.WriteNumber("prompt_eval_count"u8, usage.Prompt);
            json.WriteNumber("prompt_eval_duration"u8, usage.Prompt * NanosecondsPerToken);
            json.WriteNumber("eval_count"u8, usage.Completion);
            json.WriteNumber("eval_duration"u8, usage.Completion * NanosecondsPerToken);
        }

        json.WriteEndObject();
    }

    private static void WriteCall(Utf8JsonWriter json, Part call, bool isCut)
    {
        json.WriteStartObject();
        json.WriteStartObject("function"u8);
        json.WriteString("name"u8, call.Name);
        json.WritePropertyName("arguments"u8);
        json.WriteRawValue(isCut ? "{}" : call.Text);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Message ReadMessage(JsonElement message)
    {
        var role = message.Text("role") switch
        {
            "system" => Role.System,
            "assistant" => Role.Assistant,
            "tool" => Role.Tool,
            _ => Role.User,
        };
        var text = message.Text("content") ?? "";
        foreach (var call in message.Find("tool_calls")?.EnumerateArray() ?? default)
        {
            var function = call.GetProperty("function");
            text += function.Text("name") + function.Find("arguments")?.GetRawText();
        }

        return new Message(role, text, message.Find("images")?.GetArrayLength() ?? 0);
    }
}
