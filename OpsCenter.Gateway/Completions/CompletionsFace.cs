using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Completions;

/// <summary>OpenAI's legacy completions: the prompt becomes a user's message, and the answer's content the text.</summary>
internal sealed class CompletionsFace : IFace
{
    /// <summary>What a chat model cannot do, or does otherwise than the caller would expect.</summary>
    private static readonly string[] Unsupported = ["suffix", "best_of", "echo", "logprobs"];

    public ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        foreach (var name in Unsupported)
        {
            if (root.Find(name) is { } value && !IsDefault(name, value))
                throw new ChatRequestException("unsupported_parameter", name, $"{name} is not supported here. Leave it out.");
        }

        var prompt = root.Find("prompt") switch
        {
            { ValueKind: JsonValueKind.String } text => text,
            { ValueKind: JsonValueKind.Array } several when several.GetArrayLength() == 1 && several[0].ValueKind is JsonValueKind.String => several[0],
            _ => throw new ChatRequestException("invalid_request", "prompt", "prompt must be a string, or an array of one string."),
        };
        var output = new ArrayBufferWriter<byte>(body.Length + 64);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var member in root.EnumerateObject())
            {
                if (member.NameEquals("prompt"u8) || Unsupported.Contains(member.Name))
                    continue;
                member.WriteTo(json);
            }

            json.WriteStartArray("messages");
            json.WriteStartObject();
            json.WriteString("role", "user");
            json.WritePropertyName("content");
            prompt.WriteTo(json);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return new ChatRequest(output.WrittenMemory, ChatFacts.Read(output.WrittenMemory));
    }

    public ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer) => receipt.WriteInto(CompletionsText.Write(answer.Json.Span));

    public IFaceStream OpenStream(ChatRun run, PipeWriter output) => new Texts(run, output);

    private static bool IsDefault(string name, JsonElement value) => name switch
    {
        "suffix" => value.ValueEquals(""),
        "best_of" => value.ValueKind is JsonValueKind.Number && value.TryGetInt32(out var count) && count == 1,
        _ => value.ValueKind is JsonValueKind.False,
    };

    private sealed class Texts(ChatRun run, PipeWriter output) : IFaceStream
    {
        private readonly ArrayBufferWriter<byte> _chunks = new();
        private long _created;

        public IBufferWriter<byte> Events => _chunks;

        public void Begin(UpstreamAnswer answer) => _created = answer.State!.Created;

        public void Pass()
        {
            SseEvents.ForEach(_chunks.WrittenSpan, data =>
            {
                output.Write("data: "u8);
                output.Write(CompletionsText.Write(data).Span);
                output.Write("\n\n"u8);
            });
            _chunks.ResetWrittenCount();
        }

        public void KeepAlive() => output.Write(": keep-alive\n\n"u8);

        public void End(Receipt receipt)
        {
            if (run.Facts.IncludeUsage)
                receipt.WriteUsageEvent(output, _created, "text_completion");
            output.Write("data: [DONE]\n\n"u8);
        }

        public bool Break(OpenAiError error)
        {
            error.WriteEvent(output);
            return true;
        }
    }
}
