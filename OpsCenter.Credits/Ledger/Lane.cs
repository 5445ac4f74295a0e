using System.Threading.Channels;
using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// One writer of balances. What queues while a transaction commits becomes the next transaction: under load commands share
/// the wait for the disk, and a lone command never waits for company.
/// </summary>
internal sealed partial class Lane(
    LedgerStore store, LedgerOptions options, LedgerMeter meter, TimeProvider time, ILogger<Lane> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(500)];

    private readonly Channel<Waiting> _queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(options.QueueSize) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private bool _available = true;
    private volatile bool _closed;

    public int QueueLength => _queue.Reader.Count;

    /// <summary>The reply, once its transaction is committed. A caller that stops waiting does not stop the command.</summary>
    public Task<LedgerReply> ApplyAsync(LedgerCommand command, CancellationToken ct)
    {
        var waiting = new Waiting(command);
        if (_queue.Writer.TryWrite(waiting))
            return waiting.Reply.WaitAsync(ct);

        return Task.FromException<LedgerReply>(new CreditsUnavailableException(
            _closed ? "The ledger is shutting down." : $"Billing backpressure: {options.QueueSize} commands wait for the ledger already."));
    }

    /// <summary>Takes no more commands; <see cref="RunAsync"/> ends when those taken are answered.</summary>
    public void Close()
    {
        _closed = true;
        _queue.Writer.TryComplete();
    }

    public async Task RunAsync()
    {
        var batch = new List<Waiting>();
        await using (store)
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                batch.Clear();
                while (batch.Count < options.BatchSize && _queue.Reader.TryRead(out var waiting))
                    batch.Add(waiting);
                await AnswerAsync(batch);
            }
        }
    }

    private async Task AnswerAsync(List<Waiting> batch)
    {
        try
        {
            var replies = await TransactAsync(batch.ConvertAll(waiting => waiting.Command));
            for (var i = 0; i < batch.Count; i++)
                batch[i].Answer(replies[i]);
            NoteAvailable();
        }
        catch (Exception fault) when (IsPassing(fault))
        {
            NoteUnavailable(fault);
            var unavailable = new CreditsUnavailableException("The ledger's database does not answer.", fault);
            foreach (var waiting in batch)
                waiting.Fail(unavailable);
        }
        catch (Exception fault) when (batch.Count == 1)
        {
            LogRefused(batch[0].Command.GetType().Name, batch[0].Command.Id, fault);
            batch[0].Fail(fault);
        }
        catch (Exception)
        {
            // One of them cannot be carried out. Halving finds it in a few transactions; the order stays.
            var half = batch.Count / 2;
            await AnswerAsync(batch[..half]);
            await AnswerAsync(batch[half..]);
        }
    }

    /// <summary>
    /// Carries out the commands in one transaction. Safe to repeat when nobody knows whether it was committed: each command
    /// finds its own traces by its natural key.
    /// </summary>
    private async Task<List<LedgerReply>> TransactAsync(List<LedgerCommand> commands)
    {
        var began = time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await TryTransactAsync(commands);
            }
            catch (Exception fault)
            {
                await store.ResetAsync();
                if (attempt == Pauses.Length || time.GetElapsedTime(began) > Patience || !(IsPassing(fault) || IsLostRace(fault)))
                    throw;
                // Who lost a race to a replica finds the winner's row at once; a server that is gone needs a moment.
                if (!IsLostRace(fault))
                    await Task.Delay(Pauses[attempt], time);
            }
        }
    }

    private async Task<List<LedgerReply>> TryTransactAsync(List<LedgerCommand> commands)
    {
        var began = time.GetTimestamp();
        var state = await store.BeginAsync(commands);
        var replies = commands.ConvertAll(command => LedgerRules.Apply(state, command));
        await store.CommitAsync(state);

        meter.Committed(commands.Count, time.GetElapsedTime(began));
        for (var i = 0; i < replies.Count; i++)
            meter.Replied(commands[i], replies[i].Status);
        return replies;
    }

    /// <summary>The server is away, starting or overloaded, or the transaction met another's; the same may work later.</summary>
    private static bool IsPassing(Exception fault) =>
        fault is NpgsqlException { IsTransient: true } or OperationCanceledException
            or PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown };

    /// <summary>Another replica wrote the same natural key between our look and our write.</summary>
    private static bool IsLostRace(Exception fault) =>
        fault is PostgresException
        {
            SqlState: PostgresErrorCodes.UniqueViolation
                or PostgresErrorCodes.SerializationFailure
                or PostgresErrorCodes.DeadlockDetected
        };

    private void NoteUnavailable(Exception fault)
    {
        if (_available)
            LogUnavailable(fault.Message);
        _available = false;
    }

    private void NoteAvailable()
    {
        if (!_available)
            LogAvailable();
        _available = true;
    }

    [LoggerMessage(3001, LogLevel.Error, "The ledger's database does not answer: {Reason}. Commands are refused until it does.")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(3002, LogLevel.Information, "The ledger's database answers again.")]
    private partial void LogAvailable();

    [LoggerMessage(3003, LogLevel.Error, "The ledger could not carry out {Command} {Id}.")]
    private partial void LogRefused(string command, Guid id, Exception fault);

    private sealed class Waiting(LedgerCommand command)
    {
        // Continuations run elsewhere, or a slow caller would hold up the lane.
        private readonly TaskCompletionSource<LedgerReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LedgerCommand Command => command;

        public Task<LedgerReply> Reply => _reply.Task;

        public void Answer(LedgerReply reply) => _reply.SetResult(reply);

        public void Fail(Exception fault) => _reply.SetException(fault);
    }
}
