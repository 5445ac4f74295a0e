using System.Buffers;
using System.Net.Http.Headers;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>
/// How one wire is spoken: a chat request in OpenAI's shape goes out in the provider's, and what comes back becomes OpenAI's
/// again. Pure: bytes in, bytes out.
/// </summary>
internal interface IDialect
{
    /// <summary>Relative to the upstream's base address.</summary>
    string ChatPath { get; }

    void AddHeaders(in ChatCall call, HttpRequestHeaders headers);

    /// <summary>Writes the request body, and the names of the fields that this provider would not understand.</summary>
    void WriteRequest(in ChatCall call, IBufferWriter<byte> output, ICollection<string> dropped);

    /// <summary>Reads an answer that came in one piece.</summary>
    /// <param name="body">As it came.</param>
    /// <param name="created">Unix seconds, for a wire that does not say when.</param>
    WholeAnswer ReadAnswer(ReadOnlyMemory<byte> body, long created);

    /// <summary>Names an answer with an error status.</summary>
    UpstreamFailure ReadFailure(int status, ReadOnlySpan<byte> body, TimeSpan? retryAfter);

    IStreamTranslation OpenStream(StreamState state);
}

/// <summary>A chat request on its way to one offer.</summary>
internal readonly record struct ChatCall(JsonMembers Body, ChatRequest Request, Offer Offer, Upstream Upstream)
{
    public ChatFacts Facts => Request.Facts;

    /// <summary>The caller's limit, as far as the model can go; null when there is none.</summary>
    public int? Limit => (Facts.MaxOutputTokens, Request.LimitIsCeiling) switch
    {
        (null, _) => null,
        ({ } limit, false) => Math.Min(limit, Offer.MaxOutput),
        // The window holds prompt and answer together.
        ({ } limit, true) => Math.Max(1, Math.Min(Math.Min(limit, Offer.MaxOutput), Offer.ContextWindow - Facts.EstimatedInputTokens)),
    };
}

/// <summary>An answer in one piece, in OpenAI's shape unless the caller shares the provider's, or why there is none.</summary>
internal readonly record struct WholeAnswer(ReadOnlyMemory<byte> Json, TokenCounts? Usage, long ContentBytes, UpstreamFailure? Failure)
{
    public Wire Wire { get; init; }

    public static WholeAnswer Failed(FailureKind kind, string message) => new(default, null, 0, new UpstreamFailure(kind, 200, message));
}

internal interface IStreamTranslation
{
    /// <summary>Whether every line is a payload, as in NDJSON, and not only those that begin with <c>data:</c>.</summary>
    bool ReadsLines => false;

    /// <summary>One payload from the provider; writes zero or more whole events for the caller.</summary>
    void OnData(ReadOnlySpan<byte> data, IBufferWriter<byte> output);
}

/// <summary>What is known of a stream while it runs.</summary>
internal sealed class StreamState(string providerLabel, long created)
{
    /// <summary>Written into the first chunk.</summary>
    public string ProviderLabel { get; } = providerLabel;

    /// <summary>Unix seconds, for a wire that does not say when.</summary>
    public long Created { get; } = created;

    /// <summary>What the events are written in.</summary>
    public Wire Wire { get; set; }

    public bool Started { get; set; }

    /// <summary>The provider said that this was all.</summary>
    public bool Finished { get; set; }

    /// <summary>A choice ended; enough where a provider forgets to say that this was all.</summary>
    public bool ChoiceEnded { get; set; }

    /// <summary>As the provider counted, when it did.</summary>
    public TokenCounts? Usage { get; set; }

    /// <summary>UTF-8 bytes of everything generated so far, from which a silent provider's tokens are estimated.</summary>
    public long ContentBytes { get; set; }

    public UpstreamFailure? Failure { get; set; }
}
