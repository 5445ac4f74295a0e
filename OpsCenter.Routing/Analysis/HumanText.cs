using System.Text;
using System.Text.Json;

namespace OpsCenter.Routing.Analysis;

/// <summary>Finds what a person last said among turns that a coding tool may have filled with reminders of its own.</summary>
internal static class HumanText
{
    /// <summary>A turn shorter than this ("yes", "go on") says nothing about the task; the one before it does.</summary>
    private const int ShortTurn = 24;

    private const int HeadLength = 3_072;
    private const int TailLength = ChatFacts.LastUserTextLimit - HeadLength - 1;

    /// <summary>Text between these tags was put there by a tool, not by the person.</summary>
    private static readonly string[] HarnessTags = ["system-reminder", "environment_context", "user_instructions"];

    /// <param name="json">The whole body.</param>
    /// <param name="turns">Where the contents of user messages stand in it, oldest first.</param>
    public static string Last(ReadOnlySpan<byte> json, List<Range> turns)
    {
        string? last = null;
        for (var i = turns.Count - 1; i >= 0; i--)
        {
            var text = Strip(Decode(json[turns[i]]));
            if (text.Length == 0)
                continue;
            if (last is not null)
                return Cut($"{text}\n{last}");
            if (text.Length >= ShortTurn)
                return Cut(text);
            last = text;
        }

        return last ?? "";
    }

    private static string Decode(ReadOnlySpan<byte> content)
    {
        var reader = new Utf8JsonReader(content);
        reader.Read();
        if (reader.TokenType is JsonTokenType.String)
            return reader.GetString()!;

        var text = new StringBuilder();
        while (reader.Read())
        {
            if (reader.TokenType is not JsonTokenType.PropertyName)
                continue;
            if (!reader.ValueTextEquals("text"u8))
            {
                reader.Skip();
                continue;
            }

            reader.Read();
            if (text.Length > 0)
                text.Append('\n');
            text.Append(reader.GetString());
        }

        return text.ToString();
    }

    private static string Strip(string text)
    {
        foreach (var tag in HarnessTags)
        {
            while (text.IndexOf($"<{tag}>", StringComparison.Ordinal) is >= 0 and var start)
            {
                var close = $"</{tag}>";
                var end = text.IndexOf(close, start, StringComparison.Ordinal);
                text = end < 0 ? text[..start] : text.Remove(start, end + close.Length - start);
            }
        }

        return text.Trim();
    }

    private static string Cut(string text)
    {
        if (text.Length <= ChatFacts.LastUserTextLimit)
            return text;
        // Half a surrogate pair would not be text.
        var head = char.IsHighSurrogate(text[HeadLength - 1]) ? HeadLength - 1 : HeadLength;
        var tail = char.IsLowSurrogate(text[^TailLength]) ? TailLength - 1 : TailLength;
        return $"{text.AsSpan(0, head)}\n{text.AsSpan(text.Length - tail)}";
    }
}
