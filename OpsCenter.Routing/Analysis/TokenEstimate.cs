namespace OpsCenter.Routing.Analysis;

/// <summary>
/// How many tokens a text may be, without a tokenizer. Nine providers bring as many tokenizers, so this takes the side of the
/// wordiest: English comes out about a quarter too high, and JSON, code and CJK close to what the older ones make of them.
/// Counts escaped bytes as they are sent: an escape counts as the characters it is written with, which also errs high.
/// </summary>
internal static class TokenEstimate
{
    public const int PerMessage = 4;
    public const int PerImage = 1_100;

    /// <summary>Schemas and tool definitions are dense: three bytes a token.</summary>
    public const int JsonBytesPerToken = 3;

    /// <summary>Weights are in fourteenths of a token, so that "3.5 letters a token" is a whole number.</summary>
    private const int Unit = 14;

    private static readonly byte[] Weights = WeighBytes();

    public static long Weigh(ReadOnlySpan<byte> utf8)
    {
        var weight = 0L;
        foreach (var b in utf8)
            weight += Weights[b];
        return weight;
    }

    public static long Tokens(long weight) => (weight + Unit - 1) / Unit;

    private static byte[] WeighBytes()
    {
        var weights = new byte[256];
        for (var b = 0; b < weights.Length; b++)
        {
            weights[b] = b switch
            {
                _ when char.IsAsciiLetter((char)b) || b is ' ' => Unit * 2 / 7,
                _ when char.IsAsciiDigit((char)b) => Unit / 2,
                < 0x80 => Unit / 2,
                < 0xC0 => 0,
                < 0xE0 => Unit * 5 / 7,
                < 0xF0 => Unit,
                _ => Unit * 3,
            };
        }

        return weights;
    }
}
