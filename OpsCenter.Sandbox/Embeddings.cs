using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OpsCenter.Sandbox.Wire;

namespace OpsCenter.Sandbox;

/// <summary>
/// Embeddings in OpenAI's shape. A vector is the sum of one fixed pseudo-random vector per word, at length one: the same text
/// always gets the same vector, and texts that share words lie near each other.
/// </summary>
internal sealed class Embeddings(Reception reception)
{
    private const int MostDimensions = 4096;

    public async Task AnswerAsync(Visit visit)
    {
        using var body = await Reception.OpenAsync(visit);
        if (body is null || await Reception.ReadAsync(visit, body, Read) is not { } request)
            return;
        var tokens = request.Inputs.Sum(TokenCounter.Count);
        var (isAdmitted, fault) = await reception.AdmitAsync(visit, request.Model, string.Join('\n', request.Inputs), tokens);
        if (!isAdmitted)
            return;

        visit.Call.PromptTokens = tokens;
        if (fault?.Kind is not FaultKind.SilentUsage)
            visit.Call.Reported = new Usage(tokens, 0);
        Reception.WriteHeaders(visit);
        await Reception.SendJsonAsync(visit, json => Write(json, request, visit.Provider, visit.Call.Reported));
    }

    private static void Write(Utf8JsonWriter json, Request request, Provider provider, Usage? usage)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var index = 0; index < request.Inputs.Count; index++)
        {
            var vector = Vector(request.Inputs[index], Math.Clamp(request.Dimensions ?? provider.EmbeddingSize, 1, MostDimensions));
            json.WriteStartObject();
            json.WriteString("object"u8, "embedding"u8);
            json.WriteNumber("index"u8, index);
            if (request.IsBase64)
                json.WriteBase64String("embedding"u8, LittleEndian(vector));
            else
                WriteNumbers(json, vector);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("model"u8, request.Model);
        if (usage is { } known)
        {
            json.WriteStartObject("usage"u8);
            json.WriteNumber("prompt_tokens"u8, known.Prompt);
            json.WriteNumber("total_tokens"u8, known.Total);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, float[] vector)
    {
        json.WriteStartArray("embedding"u8);
        foreach (var number in vector)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    internal static float[] Vector(string text, int dimensions)
    {
        var vector = new float[dimensions];
        foreach (var word in text.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var state = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(word)));
            for (var index = 0; index < dimensions; index++)
            {
                // xorshift64: fixed for all time, unlike the framework's seeded generators.
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                vector[index] += (state >> 40) / (float)(1 << 23) - 1;
            }
        }

        var length = MathF.Sqrt(vector.Sum(number => number * number));
        if (length == 0)
            vector[0] = length = 1;
        return Array.ConvertAll(vector, number => number / length);
    }

    private static byte[] LittleEndian(float[] vector)
    {
        var bytes = new byte[vector.Length * sizeof(float)];
        for (var index = 0; index < vector.Length; index++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(index * sizeof(float)), vector[index]);
        return bytes;
    }

    private static Request Read(JsonElement body) => new(
        body.GetProperty("model").GetString()!,
        body.GetProperty("input") switch
        {
            { ValueKind: JsonValueKind.String } one => [one.GetString()!],
            var list => ReadList([.. list.EnumerateArray()]),
        },
        body.Text("encoding_format") == "base64",
        body.Number("dimensions"));

    /// <summary>Texts, one text as token numbers, or several of those; numbers are taken for words.</summary>
    private static IReadOnlyList<string> ReadList(JsonElement[] items) => items switch
    {
        [{ ValueKind: JsonValueKind.Number }, ..] => [string.Join(' ', items.Select(item => item.GetInt32()))],
        [{ ValueKind: JsonValueKind.Array }, ..] => [.. items.Select(item => string.Join(' ', item.EnumerateArray().Select(token => token.GetInt32())))],
        _ => [.. items.Select(item => item.GetString()!)],
    };

    private sealed record Request(string Model, IReadOnlyList<string> Inputs, bool IsBase64, int? Dimensions);
}
