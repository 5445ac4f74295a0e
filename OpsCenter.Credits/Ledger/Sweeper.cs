using Microsoft.Extensions.Options;
using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// Ends holds whose lease ran out because nobody came back to settle them. It only finds them; the ending goes through the
/// lanes like every other command, under the same locks and rules, so two replicas that find the same hold end it once.
/// </summary>
internal sealed partial class Sweeper(
    [FromKeyedServices(ResourceNames.CreditsDb)] NpgsqlDataSource source,
    CreditLedger ledger,
    IOptions<LedgerOptions> options,
    TimeProvider time,
    ILogger<Sweeper> logger) : BackgroundService
{
    private const int AtOnce = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SweepPeriod, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await SweepAsync(stoppingToken) is > 0 and var recovered)
                    LogRecovered(recovered);
            }
            catch (Exception fault) when (fault is CreditsUnavailableException or NpgsqlException)
            {
                LogLater(fault.Message);
            }
        }
    }

    /// <summary>Ends every hold that has run out by now and says how many.</summary>
    internal async Task<int> SweepAsync(CancellationToken ct)
    {
        var recovered = 0;
        while (true)
        {
            var found = await FindAsync(ct);
            var replies = await Task.WhenAll(found.Select(hold => ledger.ApplyAsync(hold, ct)));
            recovered += replies.Count(reply => reply.Status is LedgerStatus.Ok);
            if (found.Count < AtOnce)
                return recovered;
        }
    }

    private async Task<List<Recover>> FindAsync(CancellationToken ct)
    {
        // What is locked is being settled or renewed in this moment; it is not lost, or it is found the next time.
        await using var command = source.CreateCommand(
            """
            SELECT id, account_id FROM credit_reservations
            WHERE state = 0 AND expires_at <= now()
            ORDER BY expires_at
            LIMIT $1
            FOR UPDATE SKIP LOCKED
            """);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = AtOnce });

        var found = new List<Recover>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add(new Recover(reader.GetGuid(0), reader.GetGuid(1)));
        return found;
    }

    [LoggerMessage(3011, LogLevel.Warning, "{Count} holds ran out before their requests were settled; charged what was observed, released the rest.")]
    private partial void LogRecovered(int count);

    [LoggerMessage(3012, LogLevel.Warning, "Holds that ran out wait for the next sweep: {Reason}")]
    private partial void LogLater(string reason);
}
