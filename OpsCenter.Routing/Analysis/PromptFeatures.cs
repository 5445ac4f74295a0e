namespace OpsCenter.Routing.Analysis;

/// <summary>
/// A request as numbers: words, pairs of words and pieces of words hashed into buckets, each at most once, and a few
/// measures. The trainer and the reading see a request through this alone, so a change here needs new weights and another
/// <see cref="Version"/>.
/// <list type="number">
/// <item>Everything is lower case, and any number is one word, so that neither decides.</item>
/// <item>Words and pairs of words come from both ends of the text; those near an end once more as such, because people say
/// there what they want.</item>
/// <item>Pieces of four and five characters, across words and marks: they survive a slip of the finger, and know code.</item>
/// <item>Measures: length, shape, facts of the request, and the votes of the <see cref="KeywordRules"/>.</item>
/// </list>
/// </summary>
internal ref struct PromptFeatures
{
    public const int Version = 1;

    /// <summary>Fits the weights into half a megabyte.</summary>
    public const int Buckets = 49_152;

    public const int MaxWordFeatures = 1_024;
    public const int MaxPieceFeatures = 1_024;
    public const int Measures = 34;

    /// <summary>Length of the set of buckets that were seen.</summary>
    public const int SeenLength = Buckets / 64;

    /// <summary>Characters read from either end; what lies between is material and counts through its shape alone.</summary>
    private const int WordHead = 900;
    private const int WordTail = 600;
    private const int PieceHead = 320;
    private const int PieceTail = 240;

    /// <summary>Words from the beginning or the end that count once more for standing there.</summary>
    private const int Edge = 10;

    private const uint WordSeed = 0x811C9DC5;
    private const uint PairSeed = 0x9E3779B9;
    private const uint EdgeSeed = 0x85EBCA6B;
    private const uint FirstSeed = 0x27D4EB2F;
    private const uint PieceSeed = 0xC2B2AE35;
    private const uint Prime = 0x01000193;

    private readonly Span<ushort> _words;
    private readonly Span<ushort> _pieces;
    private readonly Span<float> _measures;
    private readonly Span<ulong> _seen;

    private PromptFeatures(Span<ushort> words, Span<ushort> pieces, Span<float> measures, Span<ulong> seen)
    {
        _words = words;
        _pieces = pieces;
        _measures = measures;
        _seen = seen;
    }

    public int WordCount { get; private set; }

    public int PieceCount { get; private set; }

    /// <summary>A word or three that no rule knows: of what they are about, nothing can be known.</summary>
    public bool SaysNothing { get; private set; }

    public readonly ReadOnlySpan<ushort> Words => _words[..WordCount];

    public readonly ReadOnlySpan<ushort> Pieces => _pieces[..PieceCount];

    public readonly ReadOnlySpan<float> Values => _measures;

    /// <summary>Fills the caller's space: <see cref="MaxWordFeatures"/>, <see cref="MaxPieceFeatures"/>, <see cref="Measures"/>, and <see cref="SeenLength"/> cleared.</summary>
    public static PromptFeatures Of(
        ChatFacts facts, in TextShape shape, Span<ushort> words, Span<ushort> pieces, Span<float> measures, Span<ulong> seen)
    {
        var features = new PromptFeatures(words, pieces, measures, seen);
        var text = facts.LastUserText.AsSpan();
        features.AddWords(text);
        features.AddPieces(text);
        features.Measure(facts, shape);
        return features;
    }

    private void AddWords(ReadOnlySpan<char> text)
    {
        if (text.Length <= WordHead + WordTail)
        {
            AddWords(text, fromStart: true, toEnd: true);
            return;
        }

        AddWords(text[..WordHead], fromStart: true, toEnd: false);
        AddWords(text[^WordTail..], fromStart: false, toEnd: true);
    }

    private void AddWords(ReadOnlySpan<char> text, bool fromStart, bool toEnd)
    {
        // Of the last words only it is known afterwards that they were the last.
        Span<uint> last = stackalloc uint[Edge];
        uint previous = 0, beforePrevious = 0;
        var index = 0;
        var i = 0;
        while (i < text.Length)
        {
            var c = text[i];
            uint word;
            if (char.IsLetter(c))
            {
                word = WordSeed;
                do
                {
                    word = (word ^ char.ToLowerInvariant(text[i])) * Prime;
                    i++;
                }
                while (i < text.Length && (char.IsLetter(text[i]) || text[i] is '\''));
            }
            else if (char.IsAsciiDigit(c))
            {
                word = WordSeed ^ '0';
                do
                    i++;
                while (i < text.Length && (char.IsAsciiDigit(text[i]) || text[i] is '.' or ',' && i + 1 < text.Length && char.IsAsciiDigit(text[i + 1])));
            }
            else if (c is ' ' or '\n' or '\r' or '\t' or '.' or ',' or '?' or '!' or '"' or '\'')
            {
                // Ordinary punctuation must not change a route.
                i++;
                continue;
            }
            else
            {
                word = (WordSeed ^ c) * Prime;
                i++;
            }

            AddWord(word);
            if (index > 0)
                AddWord(Mix(previous, word, PairSeed));
            if (fromStart && index < Edge)
                AddWord(Mix(word, 0, EdgeSeed));
            if (fromStart && index is 0)
                AddWord(Mix(word, 1, FirstSeed));
            if (fromStart && index is 2)
                AddWord(Mix(Mix(beforePrevious, previous, PairSeed), word, FirstSeed));
            last[index % Edge] = word;
            beforePrevious = previous;
            previous = word;
            index++;
        }

        if (!toEnd)
            return;
        foreach (var word in last[..Math.Min(index, Edge)])
            AddWord(Mix(word, 0, EdgeSeed));
    }

    private void AddPieces(ReadOnlySpan<char> text)
    {
        if (text.Length <= PieceHead + PieceTail)
        {
            AddPiecesOf(text);
            return;
        }

        AddPiecesOf(text[..PieceHead]);
        AddPiecesOf(text[^PieceTail..]);
    }

    private void AddPiecesOf(ReadOnlySpan<char> text)
    {
        uint a = ' ', b = ' ', c = ' ', d = ' ';
        foreach (var raw in text)
        {
            uint e = char.IsWhiteSpace(raw) || raw is '.' or ',' or '?' or '!' ? ' ' : char.IsAsciiDigit(raw) ? '0' : char.ToLowerInvariant(raw);
            if (e is ' ' && d is ' ')
                continue;
            var four = ((((((PieceSeed ^ b) * Prime) ^ c) * Prime) ^ d) * Prime ^ e) * Prime;
            AddPiece(four);
            AddPiece((four ^ (a + 0x100)) * Prime);
            (a, b, c, d) = (b, c, d, e);
        }
    }

    private void AddWord(uint hash)
    {
        if (WordCount < _words.Length && IsNew(hash, out var bucket))
            _words[WordCount++] = bucket;
    }

    private void AddPiece(uint hash)
    {
        if (PieceCount < _pieces.Length && IsNew(hash, out var bucket))
            _pieces[PieceCount++] = bucket;
    }

    private readonly bool IsNew(uint hash, out ushort bucket)
    {
        hash ^= hash >> 15;
        hash *= 0x2C1B3C6D;
        hash ^= hash >> 13;
        bucket = (ushort)(((ulong)hash * Buckets) >> 32);
        ref var seen = ref _seen[bucket >> 6];
        var bit = 1UL << (bucket & 63);
        if ((seen & bit) != 0)
            return false;
        seen |= bit;
        return true;
    }

    private static uint Mix(uint a, uint b, uint seed)
    {
        var hash = (a ^ seed) * 0x85EBCA77;
        hash = (hash ^ (hash >> 13) ^ b) * 0xC2B2AE3D;
        return hash ^ (hash >> 16);
    }

    private void Measure(ChatFacts facts, in TextShape shape)
    {
        Span<double> votes = stackalloc double[TaskPosterior.Tasks];
        KeywordRules.Vote(facts, shape, votes);
        var best = 0.0;
        foreach (var vote in votes)
            best = Math.Max(best, vote);

        SaysNothing = shape.Words < 4 && best <= KeywordRules.ChatPrior;

        var length = facts.LastUserText.Length;
        var around = Math.Max(0, facts.EstimatedInputTokens - length / 3);
        var i = 0;
        _measures[i++] = 1;
        _measures[i++] = Log(length / 40.0);
        _measures[i++] = Log(shape.Words / 8.0);
        _measures[i++] = shape.Words < 12 ? 1 : 0;
        _measures[i++] = shape.Words > 120 ? 1 : 0;
        _measures[i++] = shape.Questions > 0 ? 1 : 0;
        _measures[i++] = Log(shape.Questions);
        _measures[i++] = Log(shape.ListItems);
        _measures[i++] = Log(shape.Numbers);
        _measures[i++] = shape.Words > 0 ? Math.Min(1, 3f * shape.Numbers / shape.Words) : 0;
        _measures[i++] = (float)Math.Min(1, shape.CodeMarks * 12);
        _measures[i++] = (float)Math.Min(1, shape.FormulaMarks * 12);
        _measures[i++] = shape.HasFence ? 1 : 0;
        _measures[i++] = shape.HasTrace ? 1 : 0;
        _measures[i++] = shape.HasCjk ? 1 : 0;
        _measures[i++] = Log(around / 500.0);
        _measures[i++] = facts.MessageCount > 2 ? 1 : 0;
        _measures[i++] = facts.WantsJson ? 1 : 0;
        foreach (var vote in votes)
            _measures[i++] = (float)(vote / KeywordRules.MostVotes);
        foreach (var vote in votes)
            _measures[i++] = (float)Math.Exp(vote - best);
    }

    private static float Log(double value) => (float)Math.Min(3, Math.Log2(1 + value) / 2);
}
