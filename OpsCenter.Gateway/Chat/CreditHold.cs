using System.Collections.Concurrent;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Chat;

/// <summary>
/// Money held for one running request. The relay tells it what the answer has cost so far; at half of what is held it asks
/// for more, while the answer goes on, and a refusal ends the answer.
/// </summary>
internal sealed class CreditHold(Guid id, Guid accountId, NanoUsd amount, NanoUsd step, LeaseKeeper keeper)
{
    private long _observed;
    private long _held = amount.Value;
    private Task _extension = Task.CompletedTask;

    public Guid Id { get; } = id;

    public Guid AccountId { get; } = accountId;

    public NanoUsd Observed => new(Volatile.Read(ref _observed));

    public bool Denied { get; private set; }

    /// <summary>
    /// Notes the cost so far. An answer that has used up what is held waits here for the ledger's word, so that it never runs
    /// further ahead than one piece of it. False: the account cannot pay for more, or nobody can say, so the answer must end.
    /// </summary>
    public ValueTask<bool> ObserveAsync(NanoUsd cost, CancellationToken ct)
    {
        Volatile.Write(ref _observed, cost.Value);
        if (step == NanoUsd.Zero)
            return ValueTask.FromResult(true);
        if (cost.Value > Volatile.Read(ref _held) / 2 && _extension.IsCompleted && !Denied)
            _extension = ExtendAsync();
        return Denied || cost.Value < Volatile.Read(ref _held) ? ValueTask.FromResult(!Denied) : new ValueTask<bool>(CatchUpAsync(cost, ct));
    }

    private async Task<bool> CatchUpAsync(NanoUsd cost, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            await _extension.WaitAsync(ct);
            if (Denied || cost.Value < Volatile.Read(ref _held))
                return !Denied;
            if (attempt > 0 && !await keeper.PauseAsync(attempt, ct))
                return false;
            _extension = ExtendAsync();
        }
    }

    private async Task ExtendAsync()
    {
        var reply = await keeper.ExtendAsync(new Extend(Id, AccountId, step, Observed, LeaseKeeper.LeaseSeconds));
        if (reply is { Status: LedgerStatus.Ok })
            Interlocked.Add(ref _held, step.Value);
        else if (reply is not null)
            Denied = true;
    }
}

/// <summary>Renews the leases of all running requests, in one round, with the cost of each so far.</summary>
internal sealed partial class LeaseKeeper(ICredits credits, TimeProvider time, ILogger<LeaseKeeper> logger) : BackgroundService
{
    /// <summary>A hold whose gateway has died is charged what it carried and released after this long.</summary>
    public const int LeaseSeconds = 45;

    /// <summary>Of a quarter second: an answer waits half a minute for a ledger that is away.</summary>
    private const int MostPauses = 120;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<Guid, CreditHold> _running = new();

    public void Watch(CreditHold hold) => _running[hold.Id] = hold;

    public void Forget(CreditHold hold) => _running.TryRemove(hold.Id, out _);

    /// <summary>Waits before an answer asks again for what it cannot go on without. False: it has waited long enough.</summary>
    public async Task<bool> PauseAsync(int attempt, CancellationToken ct)
    {
        if (attempt > MostPauses)
            return false;
        await Task.Delay(Pause, time, ct);
        return true;
    }

    /// <summary>Null when the ledger cannot be asked; the answer goes on within what is held.</summary>
    public async Task<LedgerReply?> ExtendAsync(Extend extend)
    {
        try
        {
            return await credits.ApplyAsync(extend, CancellationToken.None);
        }
        catch (CreditsUnavailableException fault)
        {
            LogUnavailable(fault.Message);
            return null;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await Task.WhenAll(_running.Values.Select(RenewAsync));
        }
        catch (OperationCanceledException)
        {
            // Shutting down.
        }
    }

    private async Task RenewAsync(CreditHold hold)
    {
        try
        {
            await credits.ApplyAsync(new Heartbeat(hold.Id, hold.AccountId, hold.Observed, LeaseSeconds), CancellationToken.None);
        }
        catch (CreditsUnavailableException fault)
        {
            // The lease may run out meanwhile; a late settlement then posts the exact rest.
            LogUnavailable(fault.Message);
        }
    }

    [LoggerMessage(1111, LogLevel.Warning, "Leases cannot be renewed: {Reason}")]
    private partial void LogUnavailable(string reason);
}
