using System.Text.Json;

namespace OpsCenter.Sandbox;

/// <summary>A value that satisfies a JSON schema's types, enums, bounds and required properties, and that a person can read.</summary>
internal static class PlausibleJson
{
    /// <summary>Schemas may refer to themselves; below this depth only what is required is written.</summary>
    private const int Deep = 6;
    private const int TooDeep = 24;

    public static void Write(Utf8JsonWriter json, JsonElement schema, string subject) =>
        Write(json, schema, schema, "", subject, 0);

    private static void Write(Utf8JsonWriter json, JsonElement schema, JsonElement root, string name, string subject, int depth)
    {
        schema = Resolve(schema, root);
        if (schema.ValueKind is not JsonValueKind.Object || depth > TooDeep)
        {
            json.WriteStringValue("sandbox");
            return;
        }

        if (schema.TryGetProperty("const", out var constant))
        {
            constant.WriteTo(json);
            return;
        }

        if (schema.TryGetProperty("enum", out var values) && values.GetArrayLength() > 0)
        {
            values[0].WriteTo(json);
            return;
        }

        foreach (var either in (ReadOnlySpan<string>)["anyOf", "oneOf", "allOf"])
        {
            if (schema.TryGetProperty(either, out var options) && options.GetArrayLength() > 0)
            {
                Write(json, options[0], root, name, subject, depth + 1);
                return;
            }
        }

        switch (TypeOf(schema))
        {
            case "object":
                WriteObject(json, schema, root, subject, depth);
                break;
            case "array":
                WriteArray(json, schema, root, name, subject, depth);
                break;
            case "integer":
            case "number":
                WriteNumber(json, schema);
                break;
            case "boolean":
                json.WriteBooleanValue(true);
                break;
            case "null":
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(Text(schema, name, subject));
                break;
        }
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement schema, JsonElement root, string subject, int depth)
    {
        json.WriteStartObject();
        if (schema.TryGetProperty("properties", out var properties))
        {
            string[] required = schema.TryGetProperty("required", out var list)
                ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
                : [];
            foreach (var property in properties.EnumerateObject())
            {
                if (!required.Contains(property.Name) && (required is not [] || depth > Deep))
                    continue;
                json.WritePropertyName(property.Name);
                Write(json, property.Value, root, property.Name, subject, depth + 1);
            }
        }

        json.WriteEndObject();
    }

    private static void WriteArray(Utf8JsonWriter json, JsonElement schema, JsonElement root, string name, string subject, int depth)
    {
        json.WriteStartArray();
        var wanted = schema.TryGetProperty("minItems", out var least) ? least.GetInt32() : depth > Deep ? 0 : 1;
        if (schema.TryGetProperty("items", out var item))
        {
            for (var index = 0; index < wanted; index++)
                Write(json, item, root, name, subject, depth + 1);
        }

        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, JsonElement schema)
    {
        var number = 7m;
        if (schema.TryGetProperty("maximum", out var most))
            number = Math.Min(number, most.GetDecimal());
        if (schema.TryGetProperty("minimum", out var least))
            number = Math.Max(number, least.GetDecimal());
        json.WriteNumberValue(number);
    }

    private static string Text(JsonElement schema, string name, string subject)
    {
        var format = schema.TryGetProperty("format", out var given) ? given.GetString() : null;
        var text = (format, name.ToLowerInvariant()) switch
        {
            ("date", _) or (_, "date") => "2026-01-31",
            ("date-time", _) => "2026-01-31T12:00:00Z",
            ("time", _) or (_, "time") => "12:00:00",
            ("email", _) or (_, "email") => "ada@example.com",
            ("uri" or "url", _) or (_, "url" or "uri") => "https://example.com/",
            ("uuid", _) => "01890a5d-ac96-774b-bcce-b302099a8057",
            (_, "city" or "location" or "place") => "Paris",
            (_, "country") => "France",
            (_, "name" or "author" or "person") => "Ada Lovelace",
            (_, "unit" or "units") => "celsius",
            (_, "query" or "question" or "prompt" or "text") when subject.Length > 0 => subject,
            (_, "language") => "English",
            _ => "sandbox",
        };
        return schema.TryGetProperty("minLength", out var least) ? text.PadRight(least.GetInt32(), '.') : text;
    }

    private static string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type", out var type))
            return schema.TryGetProperty("properties", out _) ? "object" : null;
        return type.ValueKind is JsonValueKind.Array
            ? type.EnumerateArray().Select(item => item.GetString()).FirstOrDefault(item => item != "null")
            : type.GetString();
    }

    private static JsonElement Resolve(JsonElement schema, JsonElement root)
    {
        for (var hops = 0; hops < TooDeep; hops++)
        {
            if (schema.ValueKind is not JsonValueKind.Object
                || !schema.TryGetProperty("$ref", out var reference)
                || reference.GetString() is not ['#', .. var path])
            {
                return schema;
            }

            schema = root;
            foreach (var step in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!schema.TryGetProperty(step, out schema))
                    return default;
            }
        }

        return default;
    }
}
