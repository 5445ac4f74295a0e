using System.Runtime.InteropServices;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Gateway.Embeddings;

/// <summary>The facts of an embeddings request that routing and billing act on.</summary>
internal static class EmbeddingsRequest
{
    /// <summary>As OpenAI has it.</summary>
    private const int MostInputs = 2048;

    /// <summary>English runs at about four bytes a token; three errs high.</summary>
    private const int BytesPerToken = 3;

    private const string Inputs = "a string, an array of strings, an array of token numbers, or an array of such arrays";

    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    public static ChatFacts Read(JsonElement body)
    {
        var model = body.Find("model") switch
        {
            null => null,
            { ValueKind: JsonValueKind.String } name => name.GetString(),
            _ => throw Invalid("model", "model must be the name of an embedding model."),
        };
        // Vectors of two models do not compare, so an index would rot without anybody noticing if the router chose.
        if (ModelSelector.Parse(model).IsAutomatic)
            throw Invalid("model", "model is missing: vectors of different models do not compare, so embeddings need a model by name, such as text-embedding-3-small.");
        if (body.Find("encoding_format") is not null && body.Text("encoding_format") is not ("float" or "base64"))
            throw Invalid("encoding_format", "encoding_format must be float or base64.");
        if (body.Find("dimensions") is not null && body.Number("dimensions") is not > 0)
            throw Invalid("dimensions", "dimensions must be an integer of at least 1.");

        var input = body.Find("input") ?? throw Invalid("input", $"input is missing: {Inputs}.");
        var sizes = Sizes(input).ToList();
        return new ChatFacts
        {
            Model = model,
            Level = Level(body),
            IsEmbedding = true,
            MaxOutputTokens = 0,
            MessageCount = sizes.Count,
            EstimatedInputTokens = (int)Math.Min(int.MaxValue, sizes.Sum()),
            LongestInputTokens = (int)Math.Min(int.MaxValue, sizes.Max()),
        };
    }

    /// <summary>Whether the caller wants vectors as base64; OpenAI's own clients do.</summary>
    public static bool WantsBase64(ChatRequest request) =>
        JsonMembers.Of(request.Json).TryGet("encoding_format"u8, out var format) && format.Span.SequenceEqual("\"base64\""u8);

    private static PowerLevel? Level(JsonElement body) => body.Find("power_level") switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } word when PowerLevels.TryParse(word.GetString(), out var level) => level,
        _ => throw Invalid("power_level", "power_level must be eco, balanced or precision."),
    };

    private static IEnumerable<long> Sizes(JsonElement input)
    {
        if (input.ValueKind is JsonValueKind.String)
            return [OfText(input, "input")];
        if (input.ValueKind is not JsonValueKind.Array || input.GetArrayLength() == 0)
            throw Invalid("input", $"input must be {Inputs}, and not empty.");
        if (input[0].ValueKind is JsonValueKind.Number)
            return [OfTokens(input, "input")];
        if (input.GetArrayLength() > MostInputs)
            throw Invalid("input", $"input has {input.GetArrayLength()} items; at most {MostInputs} are taken at a time.");
        return input.EnumerateArray().Select((item, index) => item.ValueKind switch
        {
            JsonValueKind.String => OfText(item, $"input[{index}]"),
            JsonValueKind.Array => OfTokens(item, $"input[{index}]"),
            _ => throw Invalid($"input[{index}]", $"input must be {Inputs}."),
        });
    }

    private static long OfText(JsonElement text, string param)
    {
        // Two quotes stand around it.
        var bytes = JsonMarshal.GetRawUtf8Value(text).Length - 2;
        return bytes > 0 ? (bytes + BytesPerToken - 1) / BytesPerToken : throw Invalid(param, $"{param} is empty: there is nothing to embed.");
    }

    private static long OfTokens(JsonElement tokens, string param)
    {
        if (tokens.GetArrayLength() == 0 || tokens.EnumerateArray().Any(token => token.ValueKind is not JsonValueKind.Number || !token.TryGetInt32(out var number) || number < 0))
            throw Invalid(param, $"{param} must be a non-empty array of token numbers.");
        return tokens.GetArrayLength();
    }

    private static ChatRequestException Invalid(string param, string message) => new("invalid_request", param, message);
}
