using System.Buffers;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Upstreams;

/// <summary>What one candidate gave: an answer in one piece, a stream that has begun, or a failure.</summary>
internal sealed class UpstreamAnswer : IAsyncDisposable
{
    private readonly HttpResponseMessage? _response;

    private UpstreamAnswer(in ChatCall call, HttpResponseMessage? response = null)
    {
        Offer = call.Offer;
        Upstream = call.Upstream;
        _response = response;
    }

    public Offer Offer { get; }

    public Upstream Upstream { get; }

    public UpstreamFailure? Failure { get; private init; }

    /// <summary>Of an answer in one piece.</summary>
    public WholeAnswer Whole { get; private init; }

    /// <summary>Of a stream; null for an answer in one piece.</summary>
    public StreamPump? Pump { get; private init; }

    public StreamState? State { get; private init; }

    /// <summary>The events that have been read so far.</summary>
    public ReadOnlyMemory<byte> First { get; private init; }

    /// <summary>Whether those were all.</summary>
    public bool EndedAtOnce { get; private init; }

    public static UpstreamAnswer Failed(in ChatCall call, UpstreamFailure failure) => new(call) { Failure = failure };

    public static UpstreamAnswer InOnePiece(in ChatCall call, WholeAnswer whole) => new(call) { Whole = whole };

    public static UpstreamAnswer Streaming(
        in ChatCall call, HttpResponseMessage response, StreamPump pump, StreamState state, ArrayBufferWriter<byte> first, PumpStep step) =>
        new(call, response) { Pump = pump, State = state, First = first.WrittenMemory, EndedAtOnce = step is PumpStep.End };

    /// <summary>Closing the response is also how a provider is told to stop.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Pump is not null)
            await Pump.DisposeAsync();
        _response?.Dispose();
    }
}

/// <summary>One send, for the trail, the receipt and health.</summary>
internal sealed record Attempt(Offer Offer, string Label, UpstreamFailure? Failure, TimeSpan Elapsed);

/// <summary>What was tried for one request, in order, and what had to be left out of it.</summary>
internal sealed class AttemptTrail
{
    private readonly List<Attempt> _attempts = [];
    private List<string>? _dropped;

    public IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>Fields of the request that a provider would not have understood.</summary>
    public ICollection<string> Dropped => _dropped ??= [];

    public TimeSpan Upstream { get; private set; }

    public void Add(Attempt attempt)
    {
        _attempts.Add(attempt);
        Upstream += attempt.Elapsed;
    }

    /// <summary><c>groq=429;together=200</c>.</summary>
    public override string ToString() =>
        string.Join(';', _attempts.Select(attempt => $"{attempt.Label}={attempt.Failure?.Short ?? "200"}"));
}
