using System.Threading.Channels;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// What is owed, on its way to the ledger. The answer is finished without waiting for it; the queue is bounded, and when it
/// is full requests wait, because a settlement is money. At shutdown it is emptied before the process ends.
/// </summary>
internal sealed partial class SettlementQueue(ICredits credits, TimeProvider time, ILogger<SettlementQueue> logger)
    : IHostedService, IDisposable
{
    private const int Capacity = 10_000;

    /// <summary>So many are under way at once; the ledger gathers them into common commits.</summary>
    private const int Writers = 64;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly Channel<Settle> _queue = Channel.CreateBounded<Settle>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.Wait });
    private readonly CancellationTokenSource _abandon = new();
    private Task[] _writers = [];

    public ValueTask EnqueueAsync(Settle settlement) =>
        _queue.Writer.TryWrite(settlement) ? ValueTask.CompletedTask : _queue.Writer.WriteAsync(settlement);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _writers = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(WriteAsync, CancellationToken.None))];
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await using var hurry = cancellationToken.Register(_abandon.Cancel);
        await Task.WhenAll(_writers);
    }

    public void Dispose() => _abandon.Dispose();

    private async Task WriteAsync()
    {
        await foreach (var settlement in _queue.Reader.ReadAllAsync())
            await SettleAsync(settlement);
    }

    private async Task SettleAsync(Settle settlement)
    {
        var pause = FirstPause;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var reply = await credits.ApplyAsync(settlement, _abandon.Token);
                if (reply.Status is not (LedgerStatus.Ok or LedgerStatus.Duplicate))
                    LogUnusual(new RequestId(settlement.Id), reply.Status, reply.Detail);
                return;
            }
            catch (CreditsUnavailableException fault)
            {
                if (attempt == 1)
                    LogWaiting(new RequestId(settlement.Id), fault.Message);
            }
            catch (OperationCanceledException)
            {
                LogAbandoned(new RequestId(settlement.Id), settlement.Cost);
                return;
            }

            try
            {
                await Task.Delay(pause, time, _abandon.Token);
            }
            catch (OperationCanceledException)
            {
                LogAbandoned(new RequestId(settlement.Id), settlement.Cost);
                return;
            }

            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "{Request} was settled with the answer {Status} {Detail}.")]
    private partial void LogUnusual(RequestId request, LedgerStatus status, string? detail);

    [LoggerMessage(1102, LogLevel.Warning, "{Request} waits for the ledger to settle: {Reason}")]
    private partial void LogWaiting(RequestId request, string reason);

    [LoggerMessage(1103, LogLevel.Error, "{Request} was not settled before the process ended; its lease will charge what its last heartbeat carried, of {Cost}.")]
    private partial void LogAbandoned(RequestId request, NanoUsd cost);
}
