using System.Text.Json;

namespace OpsCenter.Gateway.Chat;

/// <summary>Reading JSON that somebody else wrote: what is missing or of another type is absent, not an exception.</summary>
internal static class JsonElements
{
    /// <summary>The member's value; absent for null, for a missing member, and in what is no object.</summary>
    public static JsonElement? Find(this JsonElement json, string name) =>
        json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement json, string name) =>
        json.Find(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static bool IsTrue(this JsonElement json, string name) => json.Find(name) is { ValueKind: JsonValueKind.True };

    public static long? Number(this JsonElement json, string name) =>
        json.Find(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var number) ? number : null;

    /// <summary>The items of an array; none of anything else.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement json) =>
        json.ValueKind is JsonValueKind.Array ? json.EnumerateArray() : [];

    public static IEnumerable<JsonElement> Items(this JsonElement json, string name) => json.Find(name)?.Items() ?? [];

    /// <summary>Writes the member as it stands under another name, if it is there.</summary>
    public static void CopyTo(this JsonElement json, string name, Utf8JsonWriter output, string newName)
    {
        if (json.Find(name) is not { } value)
            return;
        output.WritePropertyName(newName);
        value.WriteTo(output);
    }
}
