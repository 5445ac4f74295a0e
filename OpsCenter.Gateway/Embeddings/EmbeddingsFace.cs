using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Embeddings;

/// <summary>
/// OpenAI's embeddings. Vectors come as the caller wants them, numbers or base64, whichever of the two the provider sent.
/// </summary>
internal sealed class EmbeddingsFace : IFace
{
    public ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return new ChatRequest(body, EmbeddingsRequest.Read(document.RootElement));
    }

    public ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer) =>
        receipt.WriteInto(Encode(answer.Json, EmbeddingsRequest.WantsBase64(receipt.Request)));

    public IFaceStream OpenStream(ChatRun run, PipeWriter output) => throw new NotSupportedException("Embeddings are not streamed.");

    /// <summary>The answer with its vectors in the wanted encoding; untouched when they are in it already.</summary>
    internal static ReadOnlyMemory<byte> Encode(ReadOnlyMemory<byte> answer, bool base64)
    {
        using var document = JsonDocument.Parse(answer);
        var foreign = base64 ? JsonValueKind.Array : JsonValueKind.String;
        if (!document.RootElement.Items("data").Any(item => item.Find("embedding")?.ValueKind == foreign))
            return answer;

        var output = new ArrayBufferWriter<byte>(answer.Length);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (!member.NameEquals("data"u8))
                {
                    member.WriteTo(json);
                    continue;
                }

                json.WriteStartArray("data");
                foreach (var item in member.Value.EnumerateArray())
                    WriteItem(json, item, base64);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return output.WrittenMemory;
    }

    private static void WriteItem(Utf8JsonWriter json, JsonElement item, bool base64)
    {
        json.WriteStartObject();
        foreach (var member in item.EnumerateObject())
        {
            if (!member.NameEquals("embedding"u8))
                member.WriteTo(json);
            else if (base64)
                json.WriteBase64String("embedding", ToBytes(member.Value));
            else
                WriteNumbers(json, member.Value.GetBytesFromBase64());
        }

        json.WriteEndObject();
    }

    /// <summary>Four bytes a number, the least significant first.</summary>
    private static byte[] ToBytes(JsonElement vector)
    {
        var bytes = new byte[vector.GetArrayLength() * sizeof(float)];
        var at = 0;
        foreach (var number in vector.EnumerateArray())
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at), number.GetSingle());
            at += sizeof(float);
        }

        return bytes;
    }

    private static void WriteNumbers(Utf8JsonWriter json, byte[] bytes)
    {
        json.WriteStartArray("embedding");
        for (var at = 0; at + sizeof(float) <= bytes.Length; at += sizeof(float))
            json.WriteRawValue(BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at)).ToString("R", CultureInfo.InvariantCulture));
        json.WriteEndArray();
    }
}
