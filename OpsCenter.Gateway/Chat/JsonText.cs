using System.Text.Json;

namespace OpsCenter.Gateway.Chat;

/// <summary>JSON that travels as text, as the arguments of a tool do: a model wrote it, so it may be none.</summary>
internal static class JsonText
{
    /// <summary>Writes the object that the text is, and an empty one for anything else: a limit may have cut it off.</summary>
    public static void WriteObject(Utf8JsonWriter json, string? text)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            try
            {
                using var document = JsonDocument.Parse(text);
                if (document.RootElement.ValueKind is JsonValueKind.Object)
                {
                    document.RootElement.WriteTo(json);
                    return;
                }
            }
            catch (JsonException)
            {
                // Written as empty below.
            }
        }

        json.WriteStartObject();
        json.WriteEndObject();
    }

    public static bool IsComplete(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
