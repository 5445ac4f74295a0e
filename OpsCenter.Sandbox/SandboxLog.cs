using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;

namespace OpsCenter.Sandbox;

/// <summary>
/// What really happened at the providers' end: the oracle against which bills are checked. It counts what was produced, not
/// what was reported.
/// </summary>
internal sealed class SandboxLog(TimeProvider time, IOptions<SandboxOptions> options)
{
    private readonly Lock _door = new();
    private readonly Queue<Call> _calls = new();
    private long _lastId;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Call> Calls
    {
        get
        {
            lock (_door)
                return [.. _calls];
        }
    }

    public Call Open(HttpContext http, string upstream)
    {
        var headers = http.Request.Headers;
        var call = new Call
        {
            Id = Interlocked.Increment(ref _lastId),
            Upstream = upstream,
            Path = http.Request.Path,
            At = time.GetUtcNow(),
            KeyTail = ApiKey.Of(http.Request) is { Length: > 4 } key ? key[^4..] : null,
            IdempotencyKey = headers["Idempotency-Key"],
            TraceParent = headers.TraceParent,
        };
        lock (_door)
        {
            _calls.Enqueue(call);
            if (_calls.Count > options.Value.LoggedCalls)
                _calls.Dequeue();
        }

        return call;
    }

    public void Clear()
    {
        lock (_door)
            _calls.Clear();
    }
}

/// <summary>One call. It is written by the request that serves it; read it when <see cref="Ended"/> is done.</summary>
internal sealed class Call
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public required long Id { get; init; }
    public required string Upstream { get; init; }
    public required string Path { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? KeyTail { get; init; }
    public string? IdempotencyKey { get; init; }
    public string? TraceParent { get; init; }
    public string? Model { get; set; }
    public bool Streamed { get; set; }
    public string? Fault { get; set; }
    public int Status { get; private set; }

    /// <summary>What the prompt costs; 0 while nothing was read or when the call was refused.</summary>
    public int PromptTokens { get; set; }

    /// <summary>What the answer costs: every token produced before it ended or the client left.</summary>
    public int CompletionTokens { get; set; }

    public Usage? Reported { get; set; }

    /// <summary>The client left before the answer was complete.</summary>
    public bool HungUp { get; set; }

    [JsonIgnore]
    public Task Ended => _ended.Task;

    public void End(int status)
    {
        Status = status;
        _ended.TrySetResult();
    }
}
