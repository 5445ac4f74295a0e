using System.Text.Json;

namespace OpsCenter.Sandbox.Wire;

/// <summary>Chat completions as OpenAI shaped them, with each follower's deviations.</summary>
internal sealed class OpenAiWire(Provider provider) : IWire
{
    /// <summary>Dollars per token, where a provider says what an answer cost.</summary>
    public const decimal PromptPrice = 0.000_000_1m;
    public const decimal CompletionPrice = 0.000_000_3m;

    public string StreamType => "text/event-stream";

    public bool ReportsUsage(Turn turn) =>
        turn.HasUsageOnFinish || turn.HasUsageAtEnd || (provider == Providers.Groq && turn.Usage is not null);

    public Prompt Read(JsonElement body)
    {
        var model = body.GetProperty("model").GetString()!;
        var tools = body.Find("tools");
        var format = body.Find("response_format");
        var choice = body.Find("tool_choice");
        return new Prompt
        {
            Model = model,
            Messages = [.. body.GetProperty("messages").EnumerateArray().Select(ReadMessage)],
            Streams = body.IsTrue("stream"),
            AsksForUsage = body.Find("stream_options")?.IsTrue("include_usage") ?? false,
            Tools = tools is { } list ? [.. list.EnumerateArray().Select(RequestJson.FunctionTool)] : [],
            ToolsJson = tools?.GetRawText() ?? "",
            MayCallTools = choice is not { ValueKind: JsonValueKind.String } word || word.GetString() != "none",
            MustCallTool = choice is { ValueKind: JsonValueKind.Object } || choice is { ValueKind: JsonValueKind.String } must && must.GetString() == "required",
            MayCallSeveral = body.Find("parallel_tool_calls")?.GetBoolean() ?? true,
            ForcedTool = choice is { ValueKind: JsonValueKind.Object } forced ? forced.GetProperty("function").Text("name") : null,
            WantsJson = format?.Text("type") is "json_object" or "json_schema",
            Schema = format?.Find("json_schema")?.Find("schema"),
            MaxTokens = body.Number("max_completion_tokens") ?? body.Number("max_tokens"),
            Stops = body.Texts("stop"),
            Choices = body.Number("n") ?? 1,
            Thinks = Prompt.IsReasoningModel(model),
        };
    }

    public void WriteAnswer(Utf8JsonWriter json, Turn turn)
    {
        json.WriteStartObject();
        WriteHead(json, turn, "chat.completion");
        json.WriteStartArray("choices"u8);
        for (var index = 0; index < turn.Answers.Count; index++)
        {
            var answer = turn.Answers[index];
            json.WriteStartObject();
            json.WriteNumber("index"u8, index);
            json.WriteStartObject("message"u8);
            json.WriteString("role"u8, "assistant"u8);
            Part[] calls = [.. answer.Calls];
            if (calls is [])
                json.WriteString("content"u8, answer.Text);
            else
                json.WriteNull("content"u8);
            if (provider.ReasoningField is { } field && answer.Reasoning is { Length: > 0 } reasoning)
                json.WriteString(field, reasoning);
            if (provider == Providers.OpenAi)
                json.WriteNull("refusal"u8);
            if (calls is not [])
            {
                json.WriteStartArray("tool_calls"u8);
                for (var call = 0; call < calls.Length; call++)
                    WriteCall(json, null, calls[call], calls[call].Text);
                json.WriteEndArray();
            }

            json.WriteEndObject();
            json.WriteNull("logprobs"u8);
            WriteFinishReason(json, answer);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (turn.Usage is { } usage)
            WriteUsage(json, usage);
        if (provider == Providers.Groq)
            WriteGroq(json, turn, null);
        json.WriteEndObject();
    }

    public void WriteStart(Frames frames, Turn turn)
    {
        for (var choice = 0; choice < turn.Answers.Count; choice++)
        {
            var json = BeginChunk(frames, turn);
            BeginChoice(json, choice);
            json.WriteString("role"u8, "assistant"u8);
            json.WriteString("content"u8, ""u8);
            EndChoice(json, null);
            if (provider == Providers.Groq)
                WriteGroq(json, turn, null);
            EndChunk(frames, json, turn);
        }
    }

    public void WritePiece(Frames frames, Turn turn, int choice, in Piece piece)
    {
        var part = piece.Part;
        if (part.Kind is PartKind.Reasoning && provider.ReasoningField is null)
            return;

        var json = BeginChunk(frames, turn);
        BeginChoice(json, choice);
        switch (part.Kind)
        {
            case PartKind.Reasoning:
                json.WriteString(provider.ReasoningField!, piece.Text.Span);
                break;
            case PartKind.Text:
                json.WriteString("content"u8, piece.Text.Span);
                break;
            case PartKind.Call:
                // Blocks count the reasoning too, calls do not.
                var index = turn.Answers[choice].Parts is [{ Kind: PartKind.Reasoning }, ..] ? piece.Block - 1 : piece.Block;
                json.WriteStartArray("tool_calls"u8);
                WriteCall(json, index, piece.Opens ? part : null, piece.Text.Span);
                json.WriteEndArray();
                break;
        }

        EndChoice(json, null);
        EndChunk(frames, json, turn);
    }

    public void WriteFinish(Frames frames, Turn turn, int choice)
    {
        var isLast = choice == turn.Answers.Count - 1;
        var json = BeginChunk(frames, turn);
        BeginChoice(json, choice);
        EndChoice(json, turn.Answers[choice]);
        if (isLast && turn.HasUsageOnFinish)
            WriteUsage(json, turn.Usage!.Value);
        if (isLast && provider == Providers.Groq)
            WriteGroq(json, turn, turn.Usage);
        EndChunk(frames, json, turn, saysUsage: isLast && turn.HasUsageOnFinish);
    }

    public void WriteEnd(Frames frames, Turn turn)
    {
        if (turn.HasUsageAtEnd)
        {
            var json = BeginChunk(frames, turn);
            if (provider.Usage is UsageStyle.AlwaysWithChoice)
            {
                BeginChoice(json, 0);
                json.WriteString("role"u8, "assistant"u8);
                json.WriteString("content"u8, ""u8);
                EndChoice(json, turn.Answers[0]);
            }
            else
            {
                json.WriteEndArray();
            }

            WriteUsage(json, turn.Usage!.Value);
            EndChunk(frames, json, turn, saysUsage: true);
        }

        if (!turn.EndsSilently)
            frames.Raw("data: [DONE]\n\n"u8);
    }

    public void WriteError(Utf8JsonWriter json, Refusal refusal, string requestId)
    {
        json.WriteStartObject();
        switch (provider.Errors)
        {
            case ErrorShape.VLlm when refusal.Status == StatusCodes.Status401Unauthorized:
                json.WriteString("error"u8, refusal.Message);
                break;
            case ErrorShape.Tgi:
                json.WriteString("error"u8, refusal.Message);
                if (refusal.Status != StatusCodes.Status401Unauthorized)
                    json.WriteString("error_type"u8, refusal.Type);
                break;
            case ErrorShape.DeepInfra when refusal.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests:
                json.WriteStartObject("detail"u8);
                json.WriteString("error"u8, refusal.Message);
                json.WriteEndObject();
                break;
            case ErrorShape.Together:
                json.WriteString("id"u8, requestId);
                WriteErrorObject(json, refusal);
                break;
            case ErrorShape.OpenRouter:
                WriteErrorObject(json, refusal);
                json.WriteString("user_id"u8, "user_sandbox"u8);
                break;
            default:
                WriteErrorObject(json, refusal);
                break;
        }

        json.WriteEndObject();
    }

    public void WriteStreamError(Frames frames, Turn turn, Refusal refusal)
    {
        if (provider.Errors is not ErrorShape.OpenRouter)
        {
            WriteError(frames.Begin("data: "u8), refusal, turn.Id);
            frames.End("\n\n"u8);
            return;
        }

        // OpenRouter keeps the shape of a chunk, and ends the stream as if all were well.
        var json = BeginChunk(frames, turn);
        BeginChoice(json, 0);
        json.WriteString("content"u8, ""u8);
        json.WriteEndObject();
        json.WriteString("finish_reason"u8, "error"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        WriteErrorObject(json, refusal);
        EndChunk(frames, json, turn);
        frames.Raw("data: [DONE]\n\n"u8);
    }

    private void WriteErrorObject(Utf8JsonWriter json, Refusal refusal)
    {
        json.WriteStartObject("error"u8);
        if (provider.Errors is ErrorShape.Fireworks)
            json.WriteString("object"u8, "error"u8);
        json.WriteString("message"u8, refusal.Message);
        switch (provider.Errors)
        {
            case ErrorShape.OpenRouter:
                json.WriteNumber("code"u8, refusal.Status);
                break;
            case ErrorShape.VLlm:
                json.WriteString("type"u8, refusal.Status switch
                {
                    StatusCodes.Status404NotFound => "NotFoundError",
                    >= 500 => "InternalServerError",
                    _ => "BadRequestError",
                });
                json.WriteString("param"u8, refusal.Param);
                json.WriteNumber("code"u8, refusal.Status);
                break;
            case ErrorShape.Ollama:
                json.WriteString("type"u8, refusal.Status switch
                {
                    StatusCodes.Status404NotFound => "not_found_error",
                    >= 500 => "api_error",
                    _ => "invalid_request_error",
                });
                json.WriteNull("param"u8);
                json.WriteNull("code"u8);
                break;
            default:
                json.WriteString("type"u8, refusal.Type);
                json.WriteString("param"u8, refusal.Param);
                json.WriteString("code"u8, refusal.Code);
                break;
        }

        json.WriteEndObject();
    }

    /// <summary>Opens the object and the list of choices.</summary>
    private Utf8JsonWriter BeginChunk(Frames frames, Turn turn)
    {
        var json = frames.Begin("data: "u8);
        json.WriteStartObject();
        WriteHead(json, turn, "chat.completion.chunk");
        json.WriteStartArray("choices"u8);
        return json;
    }

    private void EndChunk(Frames frames, Utf8JsonWriter json, Turn turn, bool saysUsage = false)
    {
        // Whoever asked OpenAI for usage reads a null in every other chunk.
        if (!saysUsage && turn.Prompt.AsksForUsage && provider == Providers.OpenAi)
            json.WriteNull("usage"u8);
        json.WriteEndObject();
        frames.End("\n\n"u8);
    }

    private static void BeginChoice(Utf8JsonWriter json, int index)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteStartObject("delta"u8);
    }

    private void EndChoice(Utf8JsonWriter json, Answer? finished)
    {
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        WriteFinishReason(json, finished);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private void WriteFinishReason(Utf8JsonWriter json, Answer? finished)
    {
        var reason = finished?.Finish switch
        {
            null => null,
            Finish.Length => "length",
            Finish.Calls => "tool_calls",
            _ => "stop",
        };
        json.WriteString("finish_reason"u8, reason);
        if (provider == Providers.OpenRouter)
            json.WriteString("native_finish_reason"u8, reason);
        if (provider == Providers.VLlm && finished is not null)
            json.WriteString("stop_reason"u8, finished.StopSequence);
    }

    private void WriteHead(Utf8JsonWriter json, Turn turn, string kind)
    {
        json.WriteString("id"u8, turn.Id);
        if (provider == Providers.OpenRouter)
            json.WriteString("provider"u8, "Sandbox"u8);
        json.WriteString("object"u8, kind);
        json.WriteNumber("created"u8, turn.At.ToUnixTimeSeconds());
        json.WriteString("model"u8, turn.Prompt.Model);
        if (provider.Fingerprint is { } fingerprint)
            json.WriteString("system_fingerprint"u8, fingerprint);
        if (provider == Providers.OpenAi)
            json.WriteString("service_tier"u8, "default"u8);
    }

    private static void WriteCall(Utf8JsonWriter json, int? index, Part? opening, ReadOnlySpan<char> arguments)
    {
        json.WriteStartObject();
        if (index is { } number)
            json.WriteNumber("index"u8, number);
        if (opening is not null)
        {
            json.WriteString("id"u8, opening.Id);
            json.WriteString("type"u8, "function"u8);
        }

        json.WriteStartObject("function"u8);
        if (opening is not null)
            json.WriteString("name"u8, opening.Name);
        json.WriteString("arguments"u8, arguments);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.Prompt);
        json.WriteNumber("completion_tokens"u8, usage.Completion);
        json.WriteNumber("total_tokens"u8, usage.Total);
        if (provider.Caching is not Caching.None)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, usage.Cached);
            json.WriteEndObject();
        }

        if (provider == Providers.OpenAi || provider == Providers.OpenRouter || usage.Reasoning > 0)
        {
            json.WriteStartObject("completion_tokens_details"u8);
            json.WriteNumber("reasoning_tokens"u8, usage.Reasoning);
            json.WriteEndObject();
        }

        var cost = (usage.Prompt * PromptPrice) + (usage.Completion * CompletionPrice);
        if (provider == Providers.OpenRouter)
        {
            json.WriteNumber("cost"u8, cost);
            json.WriteBoolean("is_byok"u8, false);
            json.WriteStartObject("cost_details"u8);
            json.WriteNull("upstream_inference_cost"u8);
            json.WriteEndObject();
        }
        else if (provider == Providers.DeepInfra)
        {
            json.WriteNumber("estimated_cost"u8, cost);
        }
        else if (provider == Providers.Groq)
        {
            WriteGroqTimes(json, usage);
        }

        json.WriteEndObject();
    }

    private void WriteGroq(Utf8JsonWriter json, Turn turn, Usage? usage)
    {
        json.WriteStartObject("x_groq"u8);
        json.WriteString("id"u8, $"req_{turn.Id[^26..]}");
        if (usage is { } known)
            WriteUsage(json, known);
        json.WriteEndObject();
    }

    private static void WriteGroqTimes(Utf8JsonWriter json, Usage usage)
    {
        var (prompt, completion) = (usage.Prompt / 10_000d, usage.Completion / 300d);
        json.WriteNumber("queue_time"u8, 0.02);
        json.WriteNumber("prompt_time"u8, prompt);
        json.WriteNumber("completion_time"u8, completion);
        json.WriteNumber("total_time"u8, prompt + completion);
    }

    private static Message ReadMessage(JsonElement message)
    {
        var role = message.Text("role") switch
        {
            "system" or "developer" => Role.System,
            "assistant" => Role.Assistant,
            "tool" or "function" => Role.Tool,
            _ => Role.User,
        };
        var text = "";
        var images = 0;
        switch (message.Find("content"))
        {
            case { ValueKind: JsonValueKind.Array } parts:
                text = string.Join('\n', parts.EnumerateArray().Select(part => part.Text("text")).OfType<string>());
                images = parts.EnumerateArray().Count(part => part.Text("type") == "image_url");
                break;
            case { } whole:
                text = whole.GetString()!;
                break;
        }

        foreach (var call in message.Find("tool_calls")?.EnumerateArray() ?? default)
        {
            var function = call.GetProperty("function");
            text += function.Text("name") + function.Text("arguments");
        }

        return new Message(role, text, images);
    }
}
