using System.Text.Json;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>
/// The few facts of an OpenAI answer or chunk that billing and relaying act on, read in one pass. Ranges point into the JSON.
/// </summary>
internal struct OpenAiAnswer
{
    public bool HasChoices { get; private set; }

    public bool HasProvider { get; private set; }

    public bool HasUsageMember { get; private set; }

    public bool ChoiceEnded { get; private set; }

    /// <summary>Start and end of the value of a finish_reason that OpenAI's clients do not know; else 0.</summary>
    public (int Start, int End) OddFinishReason { get; private set; }

    public TokenCounts? Usage { get; private set; }

    public long ContentBytes { get; private set; }

    public string? ErrorMessage { get; private set; }

    public string? ErrorCode { get; private set; }

    /// <exception cref="JsonException">Not the JSON of an answer.</exception>
    public static OpenAiAnswer Read(ReadOnlySpan<byte> json)
    {
        var answer = new OpenAiAnswer();
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An object was expected.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("choices"u8))
                answer.ReadChoices(ref reader);
            else if (reader.ValueTextEquals("usage"u8))
            {
                answer.HasUsageMember = true;
                reader.Read();
                answer.Usage = ReadUsage(ref reader) ?? answer.Usage;
            }
            else if (reader.ValueTextEquals("x_groq"u8))
                answer.ReadGroq(ref reader);
            else if (reader.ValueTextEquals("error"u8))
                answer.ReadError(ref reader);
            else
            {
                answer.HasProvider |= reader.ValueTextEquals("provider"u8);
                reader.Read();
                reader.Skip();
            }
        }

        return answer;
    }

    /// <summary>OpenAI's usage object and its relatives. Null for null, and for an object without counts.</summary>
    public static TokenCounts? ReadUsage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long input = 0, output = 0, cached = 0, written = 0, reasoning = 0;
        var any = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
                any |= ReadCount(ref reader, ref input);
            else if (reader.ValueTextEquals("completion_tokens"u8))
                any |= ReadCount(ref reader, ref output);
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
                ReadDetails(ref reader, "cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            else if (reader.ValueTextEquals("completion_tokens_details"u8))
            {
                long unused = 0;
                ReadDetails(ref reader, "reasoning_tokens"u8, ref reasoning, ""u8, ref unused);
            }
            else if (reader.ValueTextEquals("prompt_cache_hit_tokens"u8))
                ReadCount(ref reader, ref cached);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return any ? new TokenCounts(input, output, cached, written, reasoning) : null;
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            HasChoices = true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
                    CountContent(ref reader);
                else if (reader.ValueTextEquals("text"u8))
                {
                    reader.Read();
                    ContentBytes += reader.TokenType == JsonTokenType.String ? reader.ValueSpan.Length : 0;
                }
                else if (reader.ValueTextEquals("finish_reason"u8))
                    ReadFinishReason(ref reader);
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }
    }

    private void ReadFinishReason(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            return;
        ChoiceEnded = true;
        if (!reader.ValueTextEquals("stop"u8) && !reader.ValueTextEquals("length"u8) && !reader.ValueTextEquals("tool_calls"u8)
            && !reader.ValueTextEquals("content_filter"u8) && !reader.ValueTextEquals("function_call"u8))
            OddFinishReason = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
    }

    /// <summary>Every generated string counts: text, reasoning, refusal, tool names and arguments.</summary>
    private void CountContent(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        var depth = reader.CurrentDepth;
        while (reader.Read() && !(reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth))
        {
            if (reader.TokenType == JsonTokenType.PropertyName
                && (reader.ValueTextEquals("role"u8) || reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("type"u8)))
                reader.Read();
            else if (reader.TokenType == JsonTokenType.String)
                ContentBytes += reader.ValueSpan.Length;
        }
    }

    private void ReadGroq(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            reader.Read();
            if (isUsage)
                Usage ??= ReadUsage(ref reader);
            else
                reader.Skip();
        }
    }

    private void ReadError(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return;
        ErrorMessage = "The provider reported an error.";
        if (reader.TokenType == JsonTokenType.String)
        {
            ErrorMessage = reader.GetString();
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessage = reader.ValueTextEquals("message"u8);
            var isCode = reader.ValueTextEquals("code"u8) || (ErrorCode is null && reader.ValueTextEquals("type"u8));
            reader.Read();
            if (isMessage && reader.TokenType == JsonTokenType.String)
                ErrorMessage = reader.GetString();
            else if (isCode && reader.TokenType == JsonTokenType.String)
                ErrorCode = reader.GetString();
            else if (isCode && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
                ErrorCode = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
            else
                reader.Skip();
        }
    }

    private static bool ReadCount(ref Utf8JsonReader reader, ref long count)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value))
        {
            count = value;
            return true;
        }

        reader.Skip();
        return false;
    }

    private static void ReadDetails(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ref long firstCount, ReadOnlySpan<byte> second, ref long secondCount)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(first))
                ReadCount(ref reader, ref firstCount);
            else if (second.Length > 0 && reader.ValueTextEquals(second))
                ReadCount(ref reader, ref secondCount);
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }
}
