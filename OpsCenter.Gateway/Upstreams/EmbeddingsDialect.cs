using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>OpenAI's embeddings, which everybody who embeds at all speaks.</summary>
internal sealed class EmbeddingsDialect : IDialect
{
    private static readonly OpenAiDialect Chat = new();

    public string ChatPath => "embeddings";

    public void AddHeaders(in ChatCall call, HttpRequestHeaders headers)
    {
    }

    public void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped)
    {
        var body = call.Body;
        var copy = new JsonObjectCopy(output);
        copy.Begin();
        copy.Member("model"u8, JsonSerializer.SerializeToUtf8Bytes(call.Offer.UpstreamModel, UpstreamJson.Default.String));
        foreach (var member in body)
        {
            if (!body.Is(member, "model"u8) && !body.Is(member, "power_level"u8))
                copy.Copy(body.Whole(member));
        }

        copy.End();
    }

    public WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            var root = document.RootElement;
            if (root.Find("error") is not null)
                return new WholeAnswer(default, null, 0, Chat.ReadFailure(StatusCodes.Status200OK, body.Span, null));
            if (!root.Items("data").Any())
                return WholeAnswer.Failed(FailureKind.Empty, "The provider's answer has no vectors.");
            if (!root.Items("data").All(item => IsVector(item.Find("embedding"))))
                return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer has an item without a vector.");
            TokenCounts? usage = root.Find("usage")?.Number("prompt_tokens") is { } tokens ? new TokenCounts(tokens, 0) : null;
            return new WholeAnswer(body, usage, 0, null);
        }
        catch (JsonException)
        {
            return WholeAnswer.Failed(FailureKind.Garbage, "The provider's answer is not the JSON of embeddings.");
        }
    }

    public UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter) => Chat.ReadFailure(status, body, retryAfter);

    private static bool IsVector(JsonElement? value) => value switch
    {
        { ValueKind: JsonValueKind.Array } numbers => numbers.EnumerateArray().All(number => number.ValueKind is JsonValueKind.Number),
        { ValueKind: JsonValueKind.String } text => text.TryGetBytesFromBase64(out var bytes) && bytes.Length % sizeof(float) == 0,
        _ => false,
    };

    public IStreamTranslation OpenStream(StreamState state) => throw new NotSupportedException("Embeddings are not streamed.");
}
