using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Billing;

/// <summary>What waits to be told. Rows are claimed for a while rather than locked, so that no transaction waits for a foreign server.</summary>
internal sealed class Outbox([FromKeyedServices(ResourceNames.CreditsDb)] NpgsqlDataSource source)
{
    /// <summary>Longer than a call may take; a dispatcher that died leaves its rows to another after this.</summary>
    private static readonly TimeSpan Claim = TimeSpan.FromSeconds(60);

    public async Task<IReadOnlyList<Waiting>> ClaimAsync(string topic, int atMost, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            UPDATE outbox SET next_attempt_at = now() + $3, attempts = attempts + 1
            WHERE id IN (
                SELECT id FROM outbox
                WHERE topic = $1 AND state = 0 AND next_attempt_at <= now()
                ORDER BY next_attempt_at LIMIT $2
                FOR UPDATE SKIP LOCKED)
            RETURNING id, payload, attempts
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = topic });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = atMost });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = Claim });
        var waiting = new List<Waiting>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            waiting.Add(new Waiting(reader.GetInt64(0), reader.GetString(1), reader.GetInt32(2)));
        return waiting;
    }

    public Task MarkDeliveredAsync(IEnumerable<long> ids, CancellationToken ct) =>
        ExecuteAsync("UPDATE outbox SET state = 1, error = NULL WHERE id = ANY($1)", ct, new NpgsqlParameter<long[]> { TypedValue = [.. ids] });

    public Task MarkDeadAsync(long id, string error, CancellationToken ct) => ExecuteAsync(
        "UPDATE outbox SET state = 2, error = $2 WHERE id = $1",
        ct,
        new NpgsqlParameter<long> { TypedValue = id },
        new NpgsqlParameter<string> { TypedValue = error });

    public Task PutOffAsync(IEnumerable<long> ids, TimeSpan pause, string error, CancellationToken ct) => ExecuteAsync(
        "UPDATE outbox SET next_attempt_at = now() + $2, error = $3 WHERE id = ANY($1)",
        ct,
        new NpgsqlParameter<long[]> { TypedValue = [.. ids] },
        new NpgsqlParameter<TimeSpan> { TypedValue = pause },
        new NpgsqlParameter<string> { TypedValue = error });

    /// <summary>Gives dead letters another chance. Returns how many.</summary>
    public Task<int> ReplayAsync(string topic, CancellationToken ct) => ExecuteAsync(
        "UPDATE outbox SET state = 0, next_attempt_at = now(), attempts = 0 WHERE topic = $1 AND state = 2",
        ct,
        new NpgsqlParameter<string> { TypedValue = topic });

    public async Task<long> CountWaitingAsync(string topic, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT count(*) FROM outbox WHERE topic = $1 AND state = 0");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = topic });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task<IReadOnlyList<DeadLetter>> GetDeadAsync(string topic, int atMost, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT id, ref, payload, attempts, created_at, error FROM outbox WHERE topic = $1 AND state = 2 ORDER BY id LIMIT $2");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = topic });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = atMost });
        var letters = new List<DeadLetter>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            letters.Add(new DeadLetter(
                reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt32(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetString(5)));
        }

        return letters;
    }

    private async Task<int> ExecuteAsync(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    internal sealed record Waiting(long Id, string Payload, int Attempts);
}

/// <summary>A message that its receiver refused for good.</summary>
internal sealed record DeadLetter(long Id, string Ref, string Payload, int Attempts, DateTimeOffset CreatedAt, string? Error);
