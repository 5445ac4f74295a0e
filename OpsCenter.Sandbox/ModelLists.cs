using System.Globalization;
using System.Text.Json;
using OpsCenter.Sandbox.Wire;

namespace OpsCenter.Sandbox;

/// <summary>Which models a provider says it has, in its own shape.</summary>
internal static class ModelLists
{
    private const long Created = 1_735_689_600;

    public static void WriteCompatible(Utf8JsonWriter json, Provider provider)
    {
        // Together answers with the bare list.
        if (provider == Providers.Together)
        {
            WriteModels(json, provider);
            return;
        }

        json.WriteStartObject();
        if (provider != Providers.OpenRouter)
            json.WriteString("object"u8, "list"u8);
        json.WritePropertyName("data"u8);
        WriteModels(json, provider);
        json.WriteEndObject();
    }

    public static void WriteAnthropic(Utf8JsonWriter json, Provider provider)
    {
        json.WriteStartObject();
        json.WriteStartArray("data"u8);
        foreach (var model in provider.Models)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "model"u8);
            json.WriteString("id"u8, model);
            json.WriteString("display_name"u8, model);
            json.WriteString("created_at"u8, DateTimeOffset.FromUnixTimeSeconds(Created));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("has_more"u8, false);
        json.WriteString("first_id"u8, provider.Models[0]);
        json.WriteString("last_id"u8, provider.Models[^1]);
        json.WriteEndObject();
    }

    public static void WriteTags(Utf8JsonWriter json, Provider provider)
    {
        json.WriteStartObject();
        json.WriteStartArray("models"u8);
        foreach (var model in provider.Models)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, model);
            json.WriteString("model"u8, model);
            json.WriteString("modified_at"u8, DateTimeOffset.FromUnixTimeSeconds(Created));
            json.WriteNumber("size"u8, 2_019_393_189);
            json.WriteStartObject("details"u8);
            json.WriteString("format"u8, "gguf"u8);
            json.WriteString("family"u8, "llama"u8);
            json.WriteString("quantization_level"u8, "Q4_K_M"u8);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteModels(Utf8JsonWriter json, Provider provider)
    {
        json.WriteStartArray();
        foreach (var model in provider.Models)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, model);
            json.WriteString("object"u8, "model"u8);
            json.WriteNumber("created"u8, Created);
            json.WriteString("owned_by"u8, provider.Name);
            if (provider == Providers.Groq)
                json.WriteNumber("context_window"u8, provider.ContextLength);
            else if (provider == Providers.VLlm)
                json.WriteNumber("max_model_len"u8, provider.ContextLength);
            else if (provider == Providers.OpenRouter || provider == Providers.Together || provider == Providers.Fireworks)
                json.WriteNumber("context_length"u8, provider.ContextLength);
            if (provider == Providers.OpenRouter)
            {
                json.WriteStartObject("pricing"u8);
                json.WriteString("prompt"u8, OpenAiWire.PromptPrice.ToString(CultureInfo.InvariantCulture));
                json.WriteString("completion"u8, OpenAiWire.CompletionPrice.ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
