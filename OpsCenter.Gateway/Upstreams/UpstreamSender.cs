using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>
/// Sends a request down its chain until one candidate answers. A failure before the first byte moves on to the next; nothing
/// is ever sent to the same candidate twice, since every send may be paid for.
/// </summary>
internal sealed partial class UpstreamSender(
    UpstreamDirectory upstreams,
    IOptions<UpstreamOptions> options,
    TimeProvider time,
    ILogger<UpstreamSender> logger)
{
    /// <summary>No honest answer is larger.</summary>
    private const int MaxAnswer = 32 * 1024 * 1024;

    private const int MaxErrorBody = 64 * 1024;

    /// <summary>How often a quiet stream is looked at: for keep-alive to the caller, and for silence of the provider.</summary>
    internal static readonly TimeSpan Tick = TimeSpan.FromSeconds(15);

    private static readonly OpenAiDialect OpenAi = new();
    private static readonly AnthropicDialect Anthropic = new();
    private static readonly AnthropicNative AnthropicToAnthropic = new();
    private static readonly OllamaDialect Ollama = new();
    private static readonly EmbeddingsDialect Embeddings = new();
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly UpstreamOptions _options = options.Value;

    /// <summary>The first usable answer. With none, the last attempt in <paramref name="trail"/> says why.</summary>
    /// <param name="chain">Candidates, best first.</param>
    /// <param name="request">What the caller asks for.</param>
    /// <param name="trail">Gets one entry for each attempt, the successful one too.</param>
    /// <param name="ct">The caller hung up.</param>
    public async Task<UpstreamAnswer?> OpenAsync(
        IReadOnlyList<Offer> chain, ChatRequest request, AttemptTrail trail, CancellationToken ct)
    {
        var members = JsonMembers.Of(request.Json);
        foreach (var offer in chain)
        {
            var upstream = upstreams[offer.Upstream];
            var started = time.GetTimestamp();
            var answer = await TryAsync(new ChatCall(members, request, offer, upstream), trail, ct);
            var attempt = new Attempt(offer, upstream.Label, answer.Failure, time.GetElapsedTime(started));
            trail.Add(attempt);
            if (answer.Failure is not { } failure)
                return answer;

            await answer.DisposeAsync();
            if (!failure.MovesOn)
                return null;
            LogFallback(upstream.Label, offer.Model, failure.Kind, failure.Status);
        }

        return null;
    }

    private async Task<UpstreamAnswer> TryAsync(ChatCall call, AttemptTrail trail, CancellationToken ct)
    {
        var dialect = DialectOf(call);
        using var request = Request(call, dialect, trail);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(TimeSpan.FromSeconds(call.Facts.Stream ? _options.FirstByteSeconds : _options.WholeAnswerSeconds));
        HttpResponseMessage? response = null;
        UpstreamAnswer? answer = null;
        try
        {
            response = await call.Upstream.Invoker.SendAsync(request, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                var error = await ReadUpToAsync(response, MaxErrorBody, limit.Token);
                answer = UpstreamAnswer.Failed(call, dialect.ReadFailure((int)response.StatusCode, error.Span, RetryAfter(response)));
                return answer;
            }

            answer = call.Facts.Stream && !IsWholeJson(response)
                ? await OpenStreamAsync(call, dialect, response, limit.Token)
                : await ReadWholeAsync(call, dialect, response, limit.Token);
            return answer;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return UpstreamAnswer.Failed(call, new UpstreamFailure(FailureKind.Silent, 0, "The provider did not answer in time."));
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return UpstreamAnswer.Failed(call, NeverConnected(fault)
                ? new UpstreamFailure(FailureKind.Unreachable, 0, "The provider cannot be reached.")
                : new UpstreamFailure(FailureKind.Cut, 0, "The provider's connection broke."));
        }
        finally
        {
            // A stream goes on after this method; everything else is read, or failed.
            if (answer?.Pump is null)
                response?.Dispose();
        }
    }

    private static HttpRequestMessage Request(ChatCall call, IDialect dialect, AttemptTrail trail)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        dialect.WriteRequest(call, bytes, trail.Dropped);
        if (call.Request.Native?.Wire != call.Upstream.Wire)
        {
            foreach (var name in call.Request.Untranslated)
                trail.Dropped.Add(name);
        }

        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(call.Upstream.BaseAddress, dialect.ChatPath))
        {
            Content = new ReadOnlyMemoryContent(bytes.WrittenMemory) { Headers = { ContentType = Json } },
        };
        call.Upstream.Authorize(request.Headers);
        dialect.AddHeaders(call, request.Headers);
        // Our trace, not the caller's: what they send about themselves is none of the provider's business.
        if (Activity.Current is { } activity)
            request.Headers.Add("traceparent", activity.Id);
        return request;
    }

    private async Task<UpstreamAnswer> OpenStreamAsync(ChatCall call, IDialect dialect, HttpResponseMessage response, CancellationToken ct)
    {
        var state = new StreamState(call.Upstream.Label, time.GetUtcNow().ToUnixTimeSeconds());
        var pump = new StreamPump(await response.Content.ReadAsStreamAsync(ct), dialect.OpenStream(state), state, Tick, time);
        var first = new ArrayBufferWriter<byte>(512);
        var step = PumpStep.Data;
        try
        {
            // A chunk that only says "assistant" is no answer yet; until there is one, another candidate can still take over.
            while (state.ContentBytes == 0 && step is not PumpStep.End)
                step = await pump.NextAsync(first, ct);
        }
        catch
        {
            await pump.DisposeAsync();
            response.Dispose();
            throw;
        }

        if (state.ContentBytes > 0 || state.Finished)
            return UpstreamAnswer.Streaming(call, response, pump, state, first, step);
        await pump.DisposeAsync();
        return UpstreamAnswer.Failed(call, state.Failure ?? new UpstreamFailure(FailureKind.Empty, 200, "The provider's stream has no content."));
    }

    private async Task<UpstreamAnswer> ReadWholeAsync(ChatCall call, IDialect dialect, HttpResponseMessage response, CancellationToken ct)
    {
        var body = await ReadUpToAsync(response, MaxAnswer, ct);
        var whole = dialect.ReadAnswer(body, time.GetUtcNow().ToUnixTimeSeconds());
        if (whole.Failure is null && call.Facts.Stream)
            return UpstreamAnswer.Failed(call, new UpstreamFailure(FailureKind.Garbage, 200, "The provider did not stream."));
        return whole.Failure is { } failure ? UpstreamAnswer.Failed(call, failure) : UpstreamAnswer.InOnePiece(call, whole);
    }

    private static async Task<ReadOnlyMemory<byte>> ReadUpToAsync(HttpResponseMessage response, int limit, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var bytes = new ArrayBufferWriter<byte>((int)Math.Clamp(response.Content.Headers.ContentLength ?? 4096, 256, limit));
        while (bytes.WrittenCount < limit)
        {
            var read = await stream.ReadAsync(bytes.GetMemory(256), ct);
            if (read == 0)
                break;
            bytes.Advance(read);
        }

        return bytes.WrittenMemory;
    }

    /// <summary>A provider may answer a request for a stream with a plain JSON error under status 200.</summary>
    private static bool IsWholeJson(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is { } type && type.StartsWith("application/json", StringComparison.OrdinalIgnoreCase);

    private static bool NeverConnected(Exception fault) => fault is HttpRequestException
    {
        HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
    };

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.Headers.TryGetValues("retry-after-ms", out var values)
            && long.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(milliseconds);
        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
            _ => null,
        };
    }

    private static IDialect DialectOf(in ChatCall call) => (call.Upstream.Wire, call.Request.Native?.Wire) switch
    {
        _ when call.Facts.IsEmbedding => Embeddings,
        (Wire.Anthropic, Wire.Anthropic) => AnthropicToAnthropic,
        (Wire.Anthropic, _) => Anthropic,
        (Wire.Ollama, _) => Ollama,
        _ => OpenAi,
    };

    [LoggerMessage(1001, LogLevel.Warning, "{Provider} could not serve {Model}: {Failure} ({Status}). Trying the next candidate.")]
    private partial void LogFallback(string provider, string model, FailureKind failure, int status);
}
