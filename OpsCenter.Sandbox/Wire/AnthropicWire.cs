using System.Text.Json;

namespace OpsCenter.Sandbox.Wire;

/// <summary>Anthropic's Messages: content in blocks, a stream of named events, and input tokens that exclude the cached ones.</summary>
internal sealed class AnthropicWire : IWire
{
    /// <summary>Real signatures are opaque and long; this one is only recognisable.</summary>
    private const string Signature = "c2FuZGJveC10aGlua2luZy1zaWduYXR1cmU=";

    public string StreamType => "text/event-stream";

    public bool ReportsUsage(Turn turn) => turn.Usage is not null;

    public Prompt Read(JsonElement body) => ReadPrompt(body) with { MaxTokens = body.GetProperty("max_tokens").GetInt32() };

    /// <summary>What can be counted: everything but the limit that only an answer needs.</summary>
    public static Prompt ReadPrompt(JsonElement body)
    {
        var model = body.GetProperty("model").GetString()!;
        var tools = body.Find("tools");
        var choice = body.Find("tool_choice");
        var choiceType = choice?.Text("type");
        var format = body.Find("output_config")?.Find("format") ?? body.Find("output_format");
        var system = body.Find("system");
        var messages = new List<Message>();
        if (system is { } instructions)
            messages.AddRange(ReadContent(Role.System, instructions));
        foreach (var message in body.GetProperty("messages").EnumerateArray())
            messages.AddRange(ReadContent(message.Text("role") == "assistant" ? Role.Assistant : Role.User, message.GetProperty("content")));

        return new Prompt
        {
            Model = model,
            Messages = messages,
            Streams = body.IsTrue("stream"),
            // Tools that Anthropic runs itself come with a type and without a schema; those are not called here.
            Tools = tools is { } list
                ? [.. list.EnumerateArray().Where(tool => tool.Find("input_schema") is not null).Select(tool => new Tool(tool.Text("name")!, tool.GetProperty("input_schema")))]
                : [],
            ToolsJson = tools?.GetRawText() ?? "",
            MayCallTools = choiceType != "none",
            MustCallTool = choiceType is "any" or "tool",
            MayCallSeveral = !(choice?.IsTrue("disable_parallel_tool_use") ?? false),
            ForcedTool = choiceType == "tool" ? choice?.Text("name") : null,
            WantsJson = format?.Text("type") == "json_schema",
            Schema = format?.Find("schema"),
            Stops = body.Texts("stop_sequences"),
            Thinks = body.Find("thinking")?.Text("type") is "enabled" or "adaptive",
            MarksCache = HasCacheMark(system) || HasCacheMark(tools),
        };
    }

    public void WriteAnswer(Utf8JsonWriter json, Turn turn)
    {
        var answer = turn.Answers[0];
        json.WriteStartObject();
        WriteHead(json, turn);
        json.WriteStartArray("content"u8);
        foreach (var part in answer.Parts)
            WriteBlock(json, part, isWhole: true, isCut: answer.Finish is Finish.Length);
        json.WriteEndArray();
        WriteStop(json, answer);
        if (turn.Usage is { } usage)
            WriteUsage(json, usage, usage.Completion);
        json.WriteEndObject();
    }

    public void WriteStart(Frames frames, Turn turn)
    {
        var json = Begin(frames, "message_start"u8);
        json.WriteStartObject("message"u8);
        WriteHead(json, turn);
        json.WriteStartArray("content"u8);
        json.WriteEndArray();
        json.WriteNull("stop_reason"u8);
        json.WriteNull("stop_sequence"u8);
        if (turn.Usage is { } usage)
            WriteUsage(json, usage, completion: 1);
        json.WriteEndObject();
        End(frames, json);
        if (turn.Answers[0].Parts is [])
            WritePing(frames);
    }

    public void WritePiece(Frames frames, Turn turn, int choice, in Piece piece)
    {
        var part = piece.Part;
        Utf8JsonWriter json;
        if (piece.Opens)
        {
            json = BeginBlock(frames, "content_block_start"u8, piece.Block);
            json.WritePropertyName("content_block"u8);
            WriteBlock(json, part, isWhole: false, isCut: false);
            End(frames, json);
            if (piece.Block == 0)
                WritePing(frames);
        }

        if (piece.Text.Length > 0)
        {
            json = BeginBlock(frames, "content_block_delta"u8, piece.Block);
            json.WriteStartObject("delta"u8);
            switch (part.Kind)
            {
                case PartKind.Reasoning:
                    json.WriteString("type"u8, "thinking_delta"u8);
                    json.WriteString("thinking"u8, piece.Text.Span);
                    break;
                case PartKind.Call:
                    json.WriteString("type"u8, "input_json_delta"u8);
                    json.WriteString("partial_json"u8, piece.Text.Span);
                    break;
                default:
                    json.WriteString("type"u8, "text_delta"u8);
                    json.WriteString("text"u8, piece.Text.Span);
                    break;
            }

            json.WriteEndObject();
            End(frames, json);
        }

        if (!piece.Closes)
            return;
        if (part.Kind is PartKind.Reasoning)
        {
            json = BeginBlock(frames, "content_block_delta"u8, piece.Block);
            json.WriteStartObject("delta"u8);
            json.WriteString("type"u8, "signature_delta"u8);
            json.WriteString("signature"u8, Signature);
            json.WriteEndObject();
            End(frames, json);
        }

        End(frames, BeginBlock(frames, "content_block_stop"u8, piece.Block));
    }

    public void WriteFinish(Frames frames, Turn turn, int choice)
    {
        WriteMessageDelta(frames, turn);
        if (turn.Fault is FaultKind.UsageTwice)
            WriteMessageDelta(frames, turn);
    }

    public void WriteEnd(Frames frames, Turn turn)
    {
        if (!turn.EndsSilently)
            End(frames, Begin(frames, "message_stop"u8));
    }

    public void WriteError(Utf8JsonWriter json, Refusal refusal, string requestId)
    {
        json.WriteStartObject();
        WriteErrorFields(json, refusal);
        json.WriteString("request_id"u8, requestId);
        json.WriteEndObject();
    }

    public void WriteStreamError(Frames frames, Turn turn, Refusal refusal)
    {
        var json = frames.Begin("event: error\ndata: "u8);
        json.WriteStartObject();
        WriteErrorFields(json, refusal);
        End(frames, json);
    }

    private static void WriteErrorFields(Utf8JsonWriter json, Refusal refusal)
    {
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, refusal.Type);
        json.WriteString("message"u8, refusal.Message);
        json.WriteEndObject();
    }

    private static void WriteMessageDelta(Frames frames, Turn turn)
    {
        var json = Begin(frames, "message_delta"u8);
        json.WriteStartObject("delta"u8);
        WriteStop(json, turn.Answers[0]);
        json.WriteEndObject();
        if (turn.Usage is { } usage)
            WriteUsage(json, usage, usage.Completion);
        End(frames, json);
    }

    private static void WritePing(Frames frames) => frames.Raw("event: ping\ndata: {\"type\":\"ping\"}\n\n"u8);

    /// <summary>An event's name is also its object's type.</summary>
    private static Utf8JsonWriter Begin(Frames frames, ReadOnlySpan<byte> name)
    {
        frames.Raw("event: "u8);
        frames.Raw(name);
        var json = frames.Begin("\ndata: "u8);
        json.WriteStartObject();
        json.WriteString("type"u8, name);
        return json;
    }

    private static Utf8JsonWriter BeginBlock(Frames frames, ReadOnlySpan<byte> name, int block)
    {
        var json = Begin(frames, name);
        json.WriteNumber("index"u8, block);
        return json;
    }

    private static void End(Frames frames, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        frames.End("\n\n"u8);
    }

    private static void WriteHead(Utf8JsonWriter json, Turn turn)
    {
        json.WriteString("id"u8, turn.Id);
        json.WriteString("type"u8, "message"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("model"u8, turn.Prompt.Model);
    }

    private static void WriteBlock(Utf8JsonWriter json, Part part, bool isWhole, bool isCut)
    {
        var text = isWhole ? part.Text : "";
        json.WriteStartObject();
        switch (part.Kind)
        {
            case PartKind.Reasoning:
                json.WriteString("type"u8, "thinking"u8);
                json.WriteString("thinking"u8, text);
                json.WriteString("signature"u8, isWhole ? Signature : "");
                break;
            case PartKind.Call:
                json.WriteString("type"u8, "tool_use"u8);
                json.WriteString("id"u8, part.Id.Replace("call_", "toolu_", StringComparison.Ordinal));
                json.WriteString("name"u8, part.Name);
                json.WritePropertyName("input"u8);
                // Arguments that the limit cut off are no JSON any more.
                json.WriteRawValue(isWhole && !isCut ? text : "{}");
                break;
            default:
                json.WriteString("type"u8, "text"u8);
                json.WriteString("text"u8, text);
                break;
        }

        json.WriteEndObject();
    }

    private static void WriteStop(Utf8JsonWriter json, Answer answer)
    {
        json.WriteString("stop_reason"u8, answer.Finish switch
        {
            Finish.Length => "max_tokens",
            Finish.Calls => "tool_use",
            Finish.StopSequence => "stop_sequence",
            _ => "end_turn",
        });
        json.WriteString("stop_sequence"u8, answer.StopSequence);
    }

    private static void WriteUsage(Utf8JsonWriter json, Usage usage, long completion)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("input_tokens"u8, usage.Prompt - usage.Cached - usage.CacheWritten);
        json.WriteNumber("cache_creation_input_tokens"u8, usage.CacheWritten);
        json.WriteNumber("cache_read_input_tokens"u8, usage.Cached);
        json.WriteNumber("output_tokens"u8, completion);
        json.WriteEndObject();
    }

    private static bool HasCacheMark(JsonElement? blocks) =>
        blocks is { ValueKind: JsonValueKind.Array } list
        && list.EnumerateArray().Any(block => block.Find("cache_control") is not null);

    /// <summary>One message, and one more for each tool result in it, since a result is nobody's words.</summary>
    private static List<Message> ReadContent(Role role, JsonElement content)
    {
        if (content.ValueKind is JsonValueKind.String)
            return [new Message(role, content.GetString()!, 0)];

        var texts = new List<string>();
        var results = new List<Message>();
        var images = 0;
        foreach (var block in content.EnumerateArray())
        {
            switch (block.Text("type"))
            {
                case "image":
                    images++;
                    break;
                case "tool_use":
                    texts.Add(block.Text("name") + block.GetProperty("input").GetRawText());
                    break;
                case "tool_result":
                    results.Add(new Message(Role.Tool, ReadResult(block.Find("content")), 0));
                    break;
                default:
                    texts.Add(block.Text("text") ?? block.Text("thinking") ?? "");
                    break;
            }
        }

        return texts is [] && images == 0 ? results : [new Message(role, string.Join('\n', texts), images), .. results];
    }

    private static string ReadResult(JsonElement? content) => content switch
    {
        null => "",
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        { } blocks => string.Join('\n', blocks.EnumerateArray().Select(block => block.Text("text")).OfType<string>()),
    };
}
