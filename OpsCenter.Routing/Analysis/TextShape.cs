namespace OpsCenter.Routing.Analysis;

/// <summary>What a text looks like, whatever its words mean. Taken in one pass.</summary>
internal readonly ref struct TextShape
{
    private const char FirstCjk = '\u3040';
    private const char LastCjk = '\uD7AF';

    public int Words { get; private init; }

    public int Questions { get; private init; }

    /// <summary>Lines that begin as items of a list.</summary>
    public int ListItems { get; private init; }

    public int Numbers { get; private init; }

    /// <summary>Share of characters that are rare outside program text.</summary>
    public double CodeMarks { get; private init; }

    /// <summary>Share of characters that are rare outside formulas.</summary>
    public double FormulaMarks { get; private init; }

    public bool HasFence { get; private init; }

    public bool HasTrace { get; private init; }

    public bool HasCjk { get; private init; }

    public static TextShape Of(ReadOnlySpan<char> text)
    {
        int words = 0, questions = 0, items = 0, numbers = 0, code = 0, formula = 0;
        var cjk = false;
        var previous = '\n';
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsLetterOrDigit(c))
            {
                if (!char.IsLetterOrDigit(previous))
                {
                    words++;
                    if (char.IsAsciiDigit(c))
                        numbers++;
                }

                cjk |= c is >= FirstCjk and <= LastCjk;
            }
            else
            {
                switch (c)
                {
                    case '?' or '？' or '؟':
                        questions++;
                        break;
                    case '{' or '}' or ';' or '<' or '>' or '_' or '[' or ']':
                    case '(' when char.IsLetterOrDigit(previous):
                    case '.' when i + 1 < text.Length && char.IsLetter(previous) && char.IsAsciiLetter(text[i + 1]):
                        code++;
                        break;
                    case '=':
                        code++;
                        formula++;
                        break;
                    case '+' or '^' or '√' or '∫' or '∑' or '≤' or '≥' or '×' or '÷' or '$' or '\\' or '%':
                        formula++;
                        break;
                    case '-' or '*' or '•' when previous is '\n' && i + 1 < text.Length && text[i + 1] is ' ':
                        items++;
                        break;
                    case '.' or ')' when char.IsAsciiDigit(previous) && StartsLine(text, i):
                        items++;
                        break;
                }
            }

            previous = c;
        }

        var length = Math.Max(text.Length, 1);
        return new TextShape
        {
            Words = words,
            Questions = questions,
            ListItems = items,
            Numbers = numbers,
            CodeMarks = (double)code / length,
            FormulaMarks = (double)formula / length,
            HasFence = text.Contains("```", StringComparison.Ordinal),
            HasTrace = text.Contains("Traceback (most recent call last)", StringComparison.Ordinal)
                || text.Contains("\n   at ", StringComparison.Ordinal)
                || text.Contains("\n\tat ", StringComparison.Ordinal)
                || text.Contains("panicked at", StringComparison.Ordinal)
                || text.Contains("Exception: ", StringComparison.Ordinal)
                || text.Contains("Error: ", StringComparison.Ordinal),
            HasCjk = cjk,
        };
    }

    /// <summary>Whether only one or two digits stand between the start of the line and here.</summary>
    private static bool StartsLine(ReadOnlySpan<char> text, int at)
    {
        var start = at - 1;
        if (start > 0 && char.IsAsciiDigit(text[start - 1]))
            start--;
        return start == 0 || text[start - 1] is '\n';
    }
}
