using System.Threading.Channels;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Upstreams;

namespace OpsCenter.Gateway.Routes;

/// <summary>Tells the Router how calls went, a batch a second. Statistics, not money: when it cannot keep up, the oldest are dropped.</summary>
internal sealed partial class OutcomeReporter(IRouterFeed router, TimeProvider time, ILogger<OutcomeReporter> logger) : BackgroundService
{
    private const int Capacity = 4096;
    private const int MaxBatch = 1000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly string _gateway = $"{Environment.MachineName}-{Environment.ProcessId}";

    private readonly Channel<Outcome> _queue = Channel.CreateBounded<Outcome>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    public void Report(Attempt attempt, int? firstTokenMs, TimeSpan duration, long outputTokens) =>
        _queue.Writer.TryWrite(new Outcome(
            attempt.Offer.Upstream,
            attempt.Offer.Id,
            time.GetUtcNow(),
            attempt.Failure?.StatusOrNearest ?? StatusCodes.Status200OK,
            attempt.Failure?.Kind.ToString(),
            firstTokenMs,
            (int)duration.TotalMilliseconds,
            outputTokens));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await SendAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // Shutting down; the last second of statistics goes with us.
        }
    }

    private async Task SendAsync(CancellationToken ct)
    {
        var batch = new List<Outcome>();
        while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var outcome))
            batch.Add(outcome);
        if (batch.Count == 0)
            return;
        try
        {
            await router.ReportAsync(new OutcomeBatch(_gateway, batch), ct);
        }
        catch (HttpRequestException fault)
        {
            LogLost(batch.Count, fault.Message);
        }
    }

    [LoggerMessage(1211, LogLevel.Debug, "{Count} outcomes did not reach the Router: {Reason}")]
    private partial void LogLost(int count, string reason);
}
