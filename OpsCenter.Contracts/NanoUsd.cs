using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>
/// An amount of money in nano-US-dollars (10⁻⁹ USD), exact. 1 credit = 1 USD. Arithmetic is checked: an overflow throws.
/// In JSON it is a decimal string in USD (<c>"0.000714"</c>), because a JSON number loses digits above 2⁵³.
/// </summary>
[JsonConverter(typeof(NanoUsdJsonConverter))]
public readonly record struct NanoUsd(long Value) : IComparable<NanoUsd>
{
    /// <summary>Nano-USD in one US dollar.</summary>
    public const long PerUsd = 1_000_000_000;

    /// <summary>Nano-USD in one US cent; the smallest amount that a card payment can carry.</summary>
    public const long PerCent = PerUsd / 100;

    private const int Digits = 9;

    public static NanoUsd Zero => default;

    public static NanoUsd FromUsd(long dollars) => new(checked(dollars * PerUsd));

    public static NanoUsd FromCents(long cents) => new(checked(cents * PerCent));

    public static NanoUsd Max(NanoUsd a, NanoUsd b) => a.Value >= b.Value ? a : b;

    public static NanoUsd Min(NanoUsd a, NanoUsd b) => a.Value <= b.Value ? a : b;

    /// <summary>Reads a plain decimal in USD such as <c>12</c>, <c>-0.5</c> or <c>0.000714</c>.</summary>
    /// <exception cref="FormatException">Not a decimal, more than nine decimal places, or out of range.</exception>
    public static NanoUsd Parse(string text) =>
        TryParse(text, out var amount)
            ? amount
            : throw new FormatException($"'{text}' is not an amount in USD with at most {Digits} decimal places.");

    /// <summary>As <see cref="Parse"/>, without throwing. No exponent, no thousands separators, no spaces.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NanoUsd amount)
    {
        amount = default;
        var rest = text.AsSpan();
        var negative = rest.StartsWith('-');
        if (negative)
            rest = rest[1..];

        var point = rest.IndexOf('.');
        var whole = point < 0 ? rest : rest[..point];
        var fraction = point < 0 ? [] : rest[(point + 1)..];
        if (whole.IsEmpty || (point >= 0 && fraction.IsEmpty) || fraction.Length > Digits)
            return false;

        Int128 value = 0;
        foreach (var digit in whole)
        {
            if (!char.IsAsciiDigit(digit) || value > long.MaxValue)
                return false;
            value = value * 10 + (digit - '0');
        }

        for (var i = 0; i < Digits; i++)
        {
            var digit = i < fraction.Length ? fraction[i] : '0';
            if (!char.IsAsciiDigit(digit))
                return false;
            value = value * 10 + (digit - '0');
        }

        if (negative)
            value = -value;
        if (value > long.MaxValue || value < long.MinValue)
            return false;
        amount = new NanoUsd((long)value);
        return true;
    }

    /// <summary>The amount in USD without trailing zeros: <c>0.000714</c>, <c>42.18</c>, <c>0</c>.</summary>
    public override string ToString()
    {
        var text = ToFixed();
        return text.AsSpan().TrimEnd('0').TrimEnd('.').ToString();
    }

    /// <summary>The amount in USD with all nine decimal places: <c>42.180000000</c>.</summary>
    public string ToFixed()
    {
        var magnitude = UInt128.CreateTruncating(Int128.Abs(Value));
        var sign = Value < 0 ? "-" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sign}{(ulong)(magnitude / PerUsd)}.{(ulong)(magnitude % PerUsd):D9}");
    }

    public int CompareTo(NanoUsd other) => Value.CompareTo(other.Value);

    public static NanoUsd operator +(NanoUsd a, NanoUsd b) => new(checked(a.Value + b.Value));

    public static NanoUsd operator -(NanoUsd a, NanoUsd b) => new(checked(a.Value - b.Value));

    public static NanoUsd operator -(NanoUsd a) => new(checked(-a.Value));

    public static bool operator <(NanoUsd a, NanoUsd b) => a.Value < b.Value;

    public static bool operator >(NanoUsd a, NanoUsd b) => a.Value > b.Value;

    public static bool operator <=(NanoUsd a, NanoUsd b) => a.Value <= b.Value;

    public static bool operator >=(NanoUsd a, NanoUsd b) => a.Value >= b.Value;
}

internal sealed class NanoUsdJsonConverter : JsonConverter<NanoUsd>
{
    public override NanoUsd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && NanoUsd.TryParse(reader.GetString(), out var amount)
            ? amount
            : throw new JsonException("An amount is a decimal string in USD with at most nine decimal places, such as \"0.000714\".");

    public override void Write(Utf8JsonWriter writer, NanoUsd value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
