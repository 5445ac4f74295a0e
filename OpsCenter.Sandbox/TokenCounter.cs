using System.Text;

namespace OpsCenter.Sandbox;

/// <summary>
/// The one rule by which the Sandbox bills, simple enough to be computed in a test: four bytes of UTF-8, begun, are a token.
/// A prompt is the tokens of each message's text plus four, three for the prompt as a whole, the tokens of the tools' JSON,
/// and 85 for each image. An answer is cut into as many pieces as it has tokens.
/// </summary>
internal static class TokenCounter
{
    public const int PerMessage = 4;
    public const int PerPrompt = 3;
    public const int PerImage = 85;
    private const int BytesPerToken = 4;

    public static int Count(string text) => (Encoding.UTF8.GetByteCount(text) + BytesPerToken - 1) / BytesPerToken;

    /// <summary>
    /// The text in pieces of one token each, never within a character. Piece k ends at the last character boundary at or
    /// before byte 4(k+1); as no character is longer than four bytes, none is empty.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<char>> Pieces(string text)
    {
        var (start, at, bytes, limit) = (0, 0, 0, BytesPerToken);
        while (at < text.Length)
        {
            var (chars, size) = Measure(text, at);
            if (bytes + size > limit)
            {
                yield return text.AsMemory(start, at - start);
                start = at;
                limit += BytesPerToken;
            }

            at += chars;
            bytes += size;
        }

        if (start < text.Length)
            yield return text.AsMemory(start);
    }

    /// <summary>The first <paramref name="tokens"/> pieces; they count exactly that many tokens, or the whole text.</summary>
    public static string Take(string text, int tokens)
    {
        var length = 0;
        foreach (var piece in Pieces(text).Take(tokens))
            length += piece.Length;
        return text[..length];
    }

    private static (int Chars, int Bytes) Measure(string text, int at) => Rune.TryGetRuneAt(text, at, out var rune)
        ? (rune.Utf16SequenceLength, rune.Utf8SequenceLength)
        : (1, Rune.ReplacementChar.Utf8SequenceLength);
}
