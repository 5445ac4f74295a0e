using System.Buffers;
using System.Text.Json;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Completions;

/// <summary>A chat completion or one chunk of it, written as a text completion; all but the choices stays as it is.</summary>
internal static class CompletionsText
{
    public static ReadOnlyMemory<byte> Write(ReadOnlySpan<byte> chat)
    {
        var reader = new Utf8JsonReader(chat);
        using var document = JsonDocument.ParseValue(ref reader);
        var output = new ArrayBufferWriter<byte>(chat.Length);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (member.NameEquals("object"u8))
                    json.WriteString("object", "text_completion");
                else if (member.NameEquals("choices"u8))
                    WriteChoices(json, member.Value);
                else
                    member.WriteTo(json);
            }

            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static void WriteChoices(Utf8JsonWriter json, JsonElement choices)
    {
        json.WriteStartArray("choices");
        foreach (var choice in choices.Items())
        {
            json.WriteStartObject();
            json.WriteString("text", (choice.Find("message") ?? choice.Find("delta"))?.Text("content") ?? "");
            json.WriteNumber("index", choice.Number("index") ?? 0);
            json.WriteNull("logprobs");
            json.WriteString("finish_reason", choice.Text("finish_reason"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
