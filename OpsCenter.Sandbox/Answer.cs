namespace OpsCenter.Sandbox;

internal enum PartKind
{
    Reasoning,
    Text,
    Call,
}

internal enum Finish
{
    Stop,
    StopSequence,
    Length,
    Calls,
}

/// <summary>A stretch of an answer: what was thought, said, or handed to a tool (then the text is its arguments).</summary>
internal sealed record Part(PartKind Kind, string Text, string Name = "", string Id = "")
{
    public int Tokens => TokenCounter.Count(Name) + TokenCounter.Count(Text);
}

/// <summary>One step of a streamed answer. A call opens with its name alone.</summary>
internal readonly record struct Piece(Part Part, int Block, ReadOnlyMemory<char> Text, int Tokens, bool Opens, bool Closes);

internal sealed record Answer(IReadOnlyList<Part> Parts, Finish Finish, string? StopSequence = null)
{
    public int Tokens => Parts.Sum(part => part.Tokens);

    public int ReasoningTokens => Parts.Where(part => part.Kind is PartKind.Reasoning).Sum(part => part.Tokens);

    public string Text => string.Concat(Parts.Where(part => part.Kind is PartKind.Text).Select(part => part.Text));

    public string Reasoning => string.Concat(Parts.Where(part => part.Kind is PartKind.Reasoning).Select(part => part.Text));

    public IEnumerable<Part> Calls => Parts.Where(part => part.Kind is PartKind.Call);

    public IEnumerable<Piece> Pieces()
    {
        for (var block = 0; block < Parts.Count; block++)
        {
            var part = Parts[block];
            var left = TokenCounter.Count(part.Text);
            var opens = true;
            if (part.Kind is PartKind.Call)
            {
                yield return new Piece(part, block, default, TokenCounter.Count(part.Name), Opens: true, Closes: left == 0);
                opens = false;
            }

            foreach (var text in TokenCounter.Pieces(part.Text))
            {
                yield return new Piece(part, block, text, 1, opens, Closes: --left == 0);
                opens = false;
            }
        }
    }
}

/// <summary>What a provider says it counted. Whether that is true is another matter: see the faults.</summary>
internal readonly record struct Usage(long Prompt, long Completion, long Cached = 0, long CacheWritten = 0, long Reasoning = 0)
{
    public long Total => Prompt + Completion;
}
