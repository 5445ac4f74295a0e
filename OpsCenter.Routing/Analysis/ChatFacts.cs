using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>The few facts of an OpenAI chat request that routing and billing act on, read in one pass over its bytes.</summary>
public sealed class ChatFacts
{
    /// <summary>As the caller wrote it; null leaves the choice to the router.</summary>
    public string? Model { get; init; }

    public PowerLevel? Level { get; init; }

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    /// <summary>The larger of <c>max_tokens</c> and <c>max_completion_tokens</c>; null when neither was sent.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary><c>n</c>: how many answers are asked for.</summary>
    public int Choices { get; init; } = 1;

    public bool HasTools { get; init; }

    public bool HasImages { get; init; }

    public bool WantsJson { get; init; }

    public int MessageCount { get; init; }

    /// <summary>
    /// An estimate, not a count: made without a tokenizer, and meant to err high, because a hold and a context window are
    /// held against it. See <see cref="TokenEstimate"/>.
    /// </summary>
    public int EstimatedInputTokens { get; init; }

    /// <summary>Of several inputs that are read apart, as embeddings are, the longest, which must fit the window; null for one.</summary>
    public int? LongestInputTokens { get; init; }

    /// <summary>Vectors are asked for, not an answer.</summary>
    public bool IsEmbedding { get; init; }

    /// <summary>
    /// What the person last said, at most <see cref="LastUserTextLimit"/> characters: tool results and the reminders that
    /// coding tools weave in are left out, and a very short turn ("yes") brings the one before it along. Of a longer turn,
    /// the beginning and the end are kept, because that is where people say what they want.
    /// </summary>
    public string LastUserText { get; init; } = "";

    public const int LastUserTextLimit = 4_096;

    /// <summary>What a model must be able to do to serve this request.</summary>
    public ModelCapabilities Needs =>
        (IsEmbedding ? ModelCapabilities.Embeddings : ModelCapabilities.None)
        | (HasTools ? ModelCapabilities.Tools : ModelCapabilities.None)
        | (HasImages ? ModelCapabilities.Vision : ModelCapabilities.None)
        | (WantsJson ? ModelCapabilities.JsonSchema : ModelCapabilities.None);

    /// <summary>Reads a well-formed body and checks what is acted on; everything else passes unread.</summary>
    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    public static ChatFacts Read(ReadOnlyMemory<byte> json) => ChatReader.Read(json.Span);
}
