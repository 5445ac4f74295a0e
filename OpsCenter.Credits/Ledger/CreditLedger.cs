using Microsoft.Extensions.Options;
using Npgsql;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// The only writer of balances. Commands of one account go through one <see cref="Lane"/> in the order of their arrival;
/// replicas meet at the account's row lock. On shutdown, what was taken is answered before the process ends.
/// </summary>
internal sealed class CreditLedger : BackgroundService, ICredits
{
    private readonly NpgsqlDataSource _source;
    private readonly Lane[] _lanes;

    public CreditLedger(
        [FromKeyedServices(ResourceNames.CreditsDb)] NpgsqlDataSource source,
        IOptions<LedgerOptions> options,
        IOptions<LagoOptions> lago,
        LedgerMeter meter,
        TimeProvider time,
        ILogger<Lane> logger)
    {
        _source = source;
        var terms = new LedgerTerms(options.Value.MaxOvershoot, TellsLago: lago.Value.IsOn);
        _lanes = [.. Enumerable.Range(0, options.Value.Lanes)
            .Select(_ => new Lane(new LedgerStore(source, terms), options.Value, meter, time, logger))];
        meter.Watch(_lanes);
    }

    /// <exception cref="ArgumentException">The command could not be carried out by any ledger; the message names its field.</exception>
    public Task<LedgerReply> ApplyAsync(LedgerCommand command, CancellationToken ct)
    {
        if (LedgerFields.FirstInvalid(command) is { } field)
            throw new ArgumentException($"{command.GetType().Name} {command.Id} has no usable {field}.", nameof(command));
        var lane = (uint)command.AccountId.GetHashCode() % (uint)_lanes.Length;
        return _lanes[lane].ApplyAsync(command, ct);
    }

    public Task<Balance?> GetBalanceAsync(Guid accountId, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            """
            SELECT posted, pending, floor,
                CASE WHEN used_month = date_trunc('month', now() AT TIME ZONE 'UTC')::date THEN used ELSE 0 END
            FROM user_credits WHERE account_id = $1
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;

        var posted = new NanoUsd(reader.GetInt64(0));
        var held = new NanoUsd(reader.GetInt64(1));
        var floor = new NanoUsd(reader.GetInt64(2));
        return new Balance(accountId, posted, held, posted - held - floor, new NanoUsd(reader.GetInt64(3)));
    });

    public Task<TransactionPage> GetTransactionsAsync(Guid accountId, long? after, int limit, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var command = _source.CreateCommand(
            """
            SELECT entry.id, entry.number, entry.kind, entry.credit_account = entry.account_id, entry.amount,
                entry.balance_after, entry.created_at, usage.provider, usage.model, entry.memo
            FROM credit_transactions AS entry
            LEFT JOIN llm_usage AS usage ON usage.request_id = entry.id AND usage.account_id = entry.account_id
            WHERE entry.account_id = $1 AND entry.number < $2
            ORDER BY entry.number DESC
            LIMIT $3
            """);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after ?? long.MaxValue });
        // One more than asked for says whether there is more.
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit + 1 });

        var rows = new List<LedgerTransaction>(limit + 1);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var amount = new NanoUsd(reader.GetInt64(4));
            rows.Add(new LedgerTransaction(
                reader.GetGuid(0),
                reader.GetInt64(1),
                KindName((EntryKind)reader.GetInt16(2)),
                reader.GetBoolean(3) ? amount : -amount,
                new NanoUsd(reader.GetInt64(5)),
                reader.GetFieldValue<DateTimeOffset>(6),
                Text(reader, 7),
                Text(reader, 8),
                Text(reader, 9)));
        }

        var hasMore = rows.Count > limit;
        return new TransactionPage(hasMore ? rows[..limit] : rows, hasMore);
    });

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
            lane.Close();
        await base.StopAsync(cancellationToken);
    }

    // Not the stopping token: a lane ends when its queue is empty, not when the host grows impatient.
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_lanes.Select(lane => Task.Run(lane.RunAsync, CancellationToken.None)));

    /// <summary>A recovered request has a usage row that knows neither provider nor model.</summary>
    private static string? Text(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) || reader.GetString(column) is not { Length: > 0 } text ? null : text;

    private static string KindName(EntryKind kind) => kind switch
    {
        EntryKind.Purchase => "purchase",
        EntryKind.Grant => "grant",
        EntryKind.Refund => "refund",
        EntryKind.Dispute => "dispute",
        EntryKind.Adjustment => "adjustment",
        EntryKind.Expiry => "expiry",
        EntryKind.Charge => "charge",
        EntryKind.Recovery => "recovery",
        EntryKind.Correction => "correction",
        EntryKind.Writeoff or EntryKind.WriteoffCorrection => "writeoff",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The statement has no word for it."),
    };
}
