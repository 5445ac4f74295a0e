using System.Text.Json;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// The members of one JSON object as ranges of its bytes, so that a body can be changed in one place and stay what it was
/// in every other. The JSON is known to be well formed and without duplicate names.
/// </summary>
internal readonly struct JsonMembers
{
    private readonly ReadOnlyMemory<byte> _json;
    private readonly List<JsonMember> _members;

    private JsonMembers(ReadOnlyMemory<byte> json, List<JsonMember> members)
    {
        _json = json;
        _members = members;
    }

    public List<JsonMember>.Enumerator GetEnumerator() => _members.GetEnumerator();

    /// <exception cref="JsonException">Not a JSON object.</exception>
    public static JsonMembers Of(ReadOnlyMemory<byte> json)
    {
        var members = new List<JsonMember>(12);
        var reader = new Utf8JsonReader(json.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A JSON object was expected.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameStart = (int)reader.TokenStartIndex;
            var name = reader.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(reader.GetString()!) : null;
            reader.Read();
            var valueStart = (int)reader.TokenStartIndex;
            reader.Skip();
            members.Add(new JsonMember(nameStart, valueStart, (int)reader.BytesConsumed, name));
        }

        return new JsonMembers(json, members);
    }

    public bool Is(JsonMember member, ReadOnlySpan<byte> name)
    {
        if (member.UnescapedName is { } unescaped)
            return name.SequenceEqual(unescaped);
        var span = _json.Span[(member.NameStart + 1)..];
        return span.StartsWith(name) && span[name.Length] == (byte)'"';
    }

    public ReadOnlySpan<byte> Name(JsonMember member)
    {
        if (member.UnescapedName is { } unescaped)
            return unescaped;
        var span = _json.Span[(member.NameStart + 1)..];
        return span[..span.IndexOf((byte)'"')];
    }

    public ReadOnlyMemory<byte> Value(JsonMember member) => _json[member.ValueStart..member.End];

    /// <summary>Name, colon and value, byte for byte.</summary>
    public ReadOnlySpan<byte> Whole(JsonMember member) => _json.Span[member.NameStart..member.End];

    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlyMemory<byte> value)
    {
        foreach (var member in _members)
        {
            if (Is(member, name))
            {
                value = Value(member);
                return true;
            }
        }

        value = default;
        return false;
    }
}

/// <param name="NameStart">Of the quote that opens the name.</param>
/// <param name="ValueStart">Of the value.</param>
/// <param name="End">Behind the value.</param>
/// <param name="UnescapedName">Only for a name written with escapes.</param>
internal readonly record struct JsonMember(int NameStart, int ValueStart, int End, byte[]? UnescapedName);

/// <summary>Writes one JSON object member by member, with whole members copied as they are.</summary>
internal ref struct JsonObjectCopy(System.Buffers.IBufferWriter<byte> output)
{
    private bool _any;

    public void Begin() => Put("{"u8);

    public void Copy(ReadOnlySpan<byte> member)
    {
        Separate();
        Put(member);
    }

    public void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Separate();
        Put("\""u8);
        Put(name);
        Put("\":"u8);
        Put(value);
    }

    public readonly void End() => Put("}"u8);

    private void Separate()
    {
        if (_any)
            Put(","u8);
        _any = true;
    }

    private readonly void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output.GetSpan(bytes.Length));
        output.Advance(bytes.Length);
    }
}
