using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>
/// Words and short phrases of the <see cref="TaskLexicon"/> vote for tasks, and so does the shape of the text. Written by
/// hand: alone it is what a trained reading must beat, and its votes are a part of what the trained one looks at.
/// <list type="number">
/// <item>Words near the beginning or the end count in full, since that is where people say what they want; those in between
/// are mostly the material.</item>
/// <item>Shape: code and stack traces, formulas, a question under a long text.</item>
/// </list>
/// </summary>
internal static class KeywordRules
{
    private const int MaxWordLength = 48;

    /// <summary>
    /// The first words, politeness aside, are the order itself: "translate this story", "write a poem about translation".
    /// </summary>
    private const int Order = 3;

    private const double OrderShare = 1.6;

    /// <summary>Words from either end that count in full.</summary>
    private const int Focus = 40;

    /// <summary>The share of its vote that a word in the middle keeps.</summary>
    private const double MiddleShare = 0.2;

    /// <summary>A word repeated over and over is still one hint.</summary>
    public const double MostVotes = 14;

    /// <summary>What conversation starts with, when nothing speaks for anything else.</summary>
    public const double ChatPrior = 1.2;

    /// <summary>Above this many tokens around the question, it is probably about a document that was sent along.</summary>
    private const int LongContext = 1_500;

    /// <summary>The task with most votes.</summary>
    public static TaskKind Read(ChatFacts facts)
    {
        Span<double> votes = stackalloc double[TaskPosterior.Tasks];
        Vote(facts, TextShape.Of(facts.LastUserText), votes);
        return (TaskKind)Top(votes);
    }

    public static void Vote(ChatFacts facts, in TextShape shape, Span<double> votes)
    {
        votes.Clear();
        CountWords(facts.LastUserText, shape.Words, votes);
        if (shape.HasCjk)
            TaskLexicon.CountCjk(facts.LastUserText, votes);
        JudgeShape(facts, shape, votes);
        votes[(int)TaskKind.Chat] += ChatPrior;
    }

    private static void CountWords(ReadOnlySpan<char> text, int total, Span<double> votes)
    {
        // The last three words, lower case and one space apart, so that a phrase is one piece of the buffer.
        Span<char> phrase = stackalloc char[3 * (MaxWordLength + 1)];
        int second = 0, third = 0, end = 0, index = 0, spoken = 0;
        foreach (var word in new Words(text))
        {
            var length = Math.Min(word.Length, MaxWordLength);
            if (end > 0)
            {
                var keep = end - second;
                phrase[second..end].CopyTo(phrase);
                phrase[keep] = ' ';
                second = third - second;
                third = keep + 1;
            }

            word[..length].ToLowerInvariant(phrase[third..]);
            end = third + length;

            if (!TaskLexicon.IsPolite(phrase[third..end]))
                spoken++;
            var share = spoken <= Order ? OrderShare : index < Focus || index >= total - Focus ? 1 : MiddleShare;
            index++;
            TaskLexicon.CountWord(phrase[third..end], share, votes);
            if (index > 1)
                TaskLexicon.CountPhrase(phrase[second..end], share, votes);
            if (index > 2)
                TaskLexicon.CountPhrase(phrase[..end], share, votes);
        }

        foreach (ref var vote in votes)
            vote = Math.Min(vote, MostVotes);
    }

    private static void JudgeShape(ChatFacts facts, in TextShape shape, Span<double> votes)
    {
        if (shape.HasFence)
            votes[(int)TaskKind.Code] += 2.5;
        if (shape.HasTrace)
            votes[(int)TaskKind.Code] += 3.5;
        votes[(int)TaskKind.Code] += 4 * Math.Clamp((shape.CodeMarks - 0.03) / 0.06, 0, 1);
        votes[(int)TaskKind.Reasoning] += 2 * Math.Clamp((shape.FormulaMarks - 0.02) / 0.06, 0, 1);
        if (shape is { Numbers: >= 2, Questions: > 0 } && shape.CodeMarks < 0.03)
            votes[(int)TaskKind.Reasoning] += Math.Min(shape.Numbers, 4) * 0.4;

        // Text that came along and a question about it. A running conversation is long too, but in many messages.
        var around = facts.EstimatedInputTokens - facts.LastUserText.Length / 4;
        if (around > LongContext && facts.MessageCount <= 4 && shape.Questions > 0 && !facts.HasTools)
            votes[(int)TaskKind.Rag] += 4;
    }

    private static int Top(ReadOnlySpan<double> votes)
    {
        var top = 0;
        for (var task = 1; task < votes.Length; task++)
        {
            if (votes[task] > votes[top])
                top = task;
        }

        return top;
    }

    /// <summary>Runs of letters, digits and apostrophes; a <c>#</c> or <c>+</c> that follows belongs to the word (C#, C++).</summary>
    private ref struct Words(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public ReadOnlySpan<char> Current { get; private set; }

        public readonly Words GetEnumerator() => this;

        public bool MoveNext()
        {
            var start = 0;
            while (start < _rest.Length && !char.IsLetterOrDigit(_rest[start]))
                start++;
            if (start == _rest.Length)
                return false;
            var end = start + 1;
            while (end < _rest.Length && (char.IsLetterOrDigit(_rest[end]) || _rest[end] is '\'' or '#' or '+'))
                end++;
            Current = _rest[start..end].TrimEnd('\'');
            _rest = _rest[end..];
            return true;
        }
    }
}
