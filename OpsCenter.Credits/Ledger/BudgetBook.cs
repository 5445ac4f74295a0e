using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>Sets and shows budgets. Each change takes the account's lock, as the lanes do, so that none of their figures is missed.</summary>
internal sealed class BudgetBook(
    [FromKeyedServices(ResourceNames.CreditsDb)] NpgsqlDataSource source, TimeProvider time) : IBudgets
{
    public Task<IReadOnlyList<BudgetState>> GetBudgetsAsync(Guid accountId, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var command = source.CreateCommand(
            """
            SELECT known.scope_kind, known.scope_id, known.period, known.cap, known.alert_percent,
                coalesce(budget.used, 0), coalesce(budget.pending, 0), coalesce(budget.alerted, false)
            FROM credit_limits AS known
            LEFT JOIN credit_budgets AS budget
                ON (budget.account_id, budget.scope_kind, budget.scope_id, budget.period)
                    = (known.account_id, known.scope_kind, known.scope_id, known.period)
                AND budget.starts_on = CASE WHEN known.period = 1 THEN date_trunc('month', $2::date)::date ELSE $2 END
            WHERE known.account_id = $1
            ORDER BY known.scope_kind, known.scope_id, known.period
            """);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<DateOnly> { TypedValue = today });

        var budgets = new List<BudgetState>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var period = (BudgetPeriod)reader.GetInt16(2);
            budgets.Add(new BudgetState(
                new BudgetLimit(
                    (BudgetScope)reader.GetInt16(0), reader.GetGuid(1), period, new NanoUsd(reader.GetInt64(3)), reader.GetInt32(4)),
                new NanoUsd(reader.GetInt64(5)),
                new NanoUsd(reader.GetInt64(6)),
                period.EndOf(period.StartOf(today)),
                reader.GetBoolean(7)));
        }

        return (IReadOnlyList<BudgetState>)budgets;
    });

    public Task<bool> SetBudgetAsync(Guid accountId, BudgetLimit limit, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await LockAsync(connection, accountId, ct))
            return false;

        // What the period has cost so far is summed up once, under the lock; from then on the lanes count along.
        await using var command = new NpgsqlCommand(
            """
            WITH day AS (
                SELECT CASE WHEN $4 = 1 THEN date_trunc('month', today)::date ELSE today::date END AS first, $4::smallint AS period
                FROM (SELECT clock_timestamp() AT TIME ZONE 'UTC' AS today) AS clock
            ),
            known AS (
                INSERT INTO credit_limits (account_id, scope_kind, scope_id, period, cap, alert_percent)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (account_id, scope_kind, scope_id, period)
                DO UPDATE SET cap = EXCLUDED.cap, alert_percent = EXCLUDED.alert_percent
            )
            INSERT INTO credit_budgets (account_id, scope_kind, scope_id, period, starts_on, used, pending, alerted)
            SELECT $1, $2, $3, $4, first,
                coalesce((
                    SELECT sum(cost) FROM llm_usage
                    WHERE account_id = $1 AND day >= first AND ($2 = 0 OR CASE WHEN $2 = 1 THEN key_id ELSE user_id END = $3)), 0),
                coalesce((
                    SELECT sum(amount) FROM credit_reservations
                    WHERE account_id = $1 AND state = 0 AND credit_reservations.day >= first
                        AND ($2 = 0 OR CASE WHEN $2 = 1 THEN key_id ELSE user_id END = $3)), 0),
                false
            FROM day
            ON CONFLICT (account_id, scope_kind, scope_id, period, starts_on) DO NOTHING
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)limit.Scope });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = limit.ScopeId });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)limit.Period });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = limit.Cap.Value });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit.AlertPercent });
        await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    });

    public Task<bool> RemoveBudgetAsync(
        Guid accountId, BudgetScope scope, Guid scopeId, BudgetPeriod period, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await LockAsync(connection, accountId, ct))
            return false;

        await using var command = new NpgsqlCommand(
            """
            WITH counted AS (
                DELETE FROM credit_budgets WHERE account_id = $1 AND scope_kind = $2 AND scope_id = $3 AND period = $4
            )
            DELETE FROM credit_limits WHERE account_id = $1 AND scope_kind = $2 AND scope_id = $3 AND period = $4
            """,
            connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)scope });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = scopeId });
        command.Parameters.Add(new NpgsqlParameter<short> { TypedValue = (short)period });
        var removed = await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return removed > 0;
    });

    private static async Task<bool> LockAsync(NpgsqlConnection connection, Guid accountId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT 1 FROM user_credits WHERE account_id = $1 FOR NO KEY UPDATE", connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = accountId });
        return await command.ExecuteScalarAsync(ct) is not null;
    }
}
