using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// How callers are spoken to: reads their body in their own dialect and writes answers, events and errors in it. Between the
/// two, every request is a chat in OpenAI's shape, and the pipeline is one.
/// </summary>
internal interface IFace
{
    /// <summary>Reads a well-formed body.</summary>
    /// <exception cref="ChatRequestException">What is wrong, and what is accepted.</exception>
    ChatRequest Read(HttpRequest http, ReadOnlyMemory<byte> body);

    /// <summary>An answer in one piece, with what it cost.</summary>
    ReadOnlyMemory<byte> WriteAnswer(Receipt receipt, in WholeAnswer answer);

    IFaceStream OpenStream(ChatRun run, PipeWriter output);
}

/// <summary>An answer on its way to the caller, event by event.</summary>
internal interface IFaceStream
{
    /// <summary>Where the provider's events are put; <see cref="Pass"/> passes them on.</summary>
    IBufferWriter<byte> Events { get; }

    /// <summary>Somebody answers. Nothing was put in <see cref="Events"/> before.</summary>
    void Begin(UpstreamAnswer answer);

    void Pass();

    void KeepAlive();

    /// <summary>The answer is complete and priced.</summary>
    void End(Receipt receipt);

    /// <summary>The answer broke. True: the connection must be cut too, or clients take the answer for complete.</summary>
    bool Break(OpenAiError error);
}

/// <summary>How one group of endpoints writes its errors; metadata of the endpoint, so that whoever refuses need not know.</summary>
internal interface IErrorShape
{
    Task WriteAsync(HttpContext http, OpenAiError error);
}

/// <summary>What a caller asks for, in OpenAI's chat shape.</summary>
internal sealed record ChatRequest(ReadOnlyMemory<byte> Json, ChatFacts Facts)
{
    /// <summary>The same request as it came, for providers that speak the caller's dialect.</summary>
    public NativeRequest? Native { get; init; }

    /// <summary>What was asked in the caller's words, for a dialect that repeats it in its answers.</summary>
    public JsonElement Asked { get; init; }

    /// <summary>The limit is one that the dialect demands, so it is brought down to what a model can write instead of refused.</summary>
    public bool LimitIsCeiling { get; init; }

    /// <summary>Fields that have no counterpart in OpenAI's shape.</summary>
    public IReadOnlyList<string> Untranslated { get; init; } = [];

    /// <summary>Why only a provider that speaks the caller's dialect can serve this; null when any can.</summary>
    public string? NativeOnly { get; init; }
}

/// <param name="Wire">Whose dialect it is.</param>
/// <param name="Body">Byte for byte.</param>
/// <param name="Version">The caller's <c>anthropic-version</c>.</param>
/// <param name="Betas">The caller's <c>anthropic-beta</c>.</param>
internal sealed record NativeRequest(Wire Wire, ReadOnlyMemory<byte> Body, string? Version = null, string? Betas = null);
