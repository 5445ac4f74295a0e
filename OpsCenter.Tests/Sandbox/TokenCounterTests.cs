using System.Text;
using CsCheck;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class TokenCounterTests
{
    private static readonly Gen<string> Text =
        Gen.OneOf("a", "é", "語", "😀", " ", "word", "\n").Array[0, 60].Select(parts => string.Concat(parts));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 1)]
    [InlineData("abcd", 1)]
    [InlineData("abcde", 2)]
    [InlineData("éé", 1)]
    [InlineData("a😀", 2)]
    public void Four_bytes_begun_are_a_token(string text, int tokens) => Assert.Equal(tokens, TokenCounter.Count(text));

    [Fact]
    public void There_are_as_many_pieces_as_tokens_and_together_they_are_the_text() => Text.Sample(text =>
    {
        string[] pieces = [.. TokenCounter.Pieces(text).Select(piece => piece.ToString())];
        return pieces.Length == TokenCounter.Count(text)
            && string.Concat(pieces) == text
            && pieces.All(piece => piece.Length > 0 && !Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(piece)).Contains('\uFFFD'));
    });

    [Fact]
    public void A_limited_text_counts_exactly_its_limit() => Gen.Select(Text, Gen.Int[0, 40]).Sample((text, limit) =>
        TokenCounter.Count(TokenCounter.Take(text, limit)) == Math.Min(limit, TokenCounter.Count(text)));
}
