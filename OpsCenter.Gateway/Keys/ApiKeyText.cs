using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;

namespace OpsCenter.Gateway.Keys;

/// <summary>
/// The text of a key: <c>sk-oc-</c>, 43 base62 digits (256 bits), 6 base62 digits of CRC-32C. The checksum tells a typo from a
/// wrong key without asking anybody, and lets secret scanners be sure.
/// </summary>
public static class ApiKeyText
{
    public const string Prefix = "sk-oc-";
    private const int SecretLength = 43;
    private const int ChecksumLength = 6;
    private const int Length = 6 + SecretLength + ChecksumLength;
    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> Allowed = SearchValues.Create(Digits);

    public static string Create()
    {
        var secret = Prefix + RandomNumberGenerator.GetString(Digits, SecretLength);
        return secret + Checksum(secret);
    }

    /// <summary>Whether this can be a key at all; <paramref name="problem"/> says why not, for people.</summary>
    public static bool TryParse(string text, out string problem)
    {
        problem = "";
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            problem = $"OpsCenter keys begin with {Prefix}; this one does not.";
        else if (text.Length != Length || text.AsSpan(Prefix.Length).ContainsAnyExcept(Allowed))
            problem = $"OpsCenter keys are {Prefix} and {Length - Prefix.Length} letters and digits; this one is incomplete or has other characters.";
        else if (!text.AsSpan(Prefix.Length + SecretLength).SequenceEqual(Checksum(text[..^ChecksumLength])))
            problem = "This key has a typing mistake: its checksum does not fit.";
        return problem.Length == 0;
    }

    private static string Checksum(string text)
    {
        var crc = uint.MaxValue;
        foreach (var letter in text)
            crc = BitOperations.Crc32C(crc, (byte)letter);
        return string.Create(ChecksumLength, crc, static (digits, value) =>
        {
            for (var i = digits.Length - 1; i >= 0; i--)
            {
                digits[i] = Digits[(int)(value % (uint)Digits.Length)];
                value /= (uint)Digits.Length;
            }
        });
    }
}
