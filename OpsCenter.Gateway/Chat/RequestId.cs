namespace OpsCenter.Gateway.Chat;

/// <summary>
/// One id for a request everywhere: a version-7 UUID in the ledger and the database, and the same 128 bits as
/// <c>req_</c> + ULID (26 Crockford base32 digits) for people and headers.
/// </summary>
internal readonly record struct RequestId(Guid Value)
{
    private const string Prefix = "req_";
    private const int UlidLength = 26;
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static RequestId New(TimeProvider time) => new(Guid.CreateVersion7(time.GetUtcNow()));

    public override string ToString() => string.Create(Prefix.Length + UlidLength, Value, static (text, value) =>
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        Prefix.CopyTo(text);
        for (var i = text.Length - 1; i >= Prefix.Length; i--)
        {
            text[i] = Digits[(int)(bits & 31)];
            bits >>= 5;
        }
    });

    public static bool TryParse(string? text, out RequestId id)
    {
        id = default;
        if (text is null || text.Length != Prefix.Length + UlidLength || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        UInt128 bits = 0;
        foreach (var letter in text.AsSpan(Prefix.Length))
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(letter), StringComparison.Ordinal);
            if (digit < 0)
                return false;
            bits = (bits << 5) | (uint)digit;
        }

        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        id = new RequestId(new Guid(bytes, bigEndian: true));
        return true;
    }
}
