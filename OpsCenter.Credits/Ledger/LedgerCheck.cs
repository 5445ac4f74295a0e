using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// Recomputes what must always hold and names what does not. Reads everything, in one snapshot: for tests, for an operator
/// who wants to be sure, for a nightly job.
/// </summary>
internal sealed class LedgerCheck([FromKeyedServices(ResourceNames.CreditsDb)] NpgsqlDataSource source)
{
    /// <param name="overshoot">How far requests may have pushed a balance below its floor: the bound that is published.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<IReadOnlyList<LedgerDrift>> FindAsync(NanoUsd overshoot, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            """
            WITH signed AS (
                SELECT id, kind, account_id, number, balance_after,
                    CASE WHEN credit_account = account_id THEN amount ELSE -amount END AS amount,
                    kind >= 10 AND date_trunc('month', created_at AT TIME ZONE 'UTC')::date = used_month AS is_recent_use
                FROM credit_transactions LEFT JOIN user_credits USING (account_id)
            ),
            booked AS (
                SELECT account_id, sum(amount) AS posted, count(*) AS entries, max(number) AS last_entry,
                    -sum(amount) FILTER (WHERE is_recent_use) AS used
                FROM signed GROUP BY account_id
            ),
            held AS (
                SELECT account_id, sum(amount) AS pending FROM credit_reservations WHERE state = 0 GROUP BY account_id
            ),
            running AS (
                SELECT id, balance_after - sum(amount) OVER (PARTITION BY account_id ORDER BY number) AS drift FROM signed
            ),
            billed AS (
                SELECT id, account_id, -sum(amount) AS net, count(*) FILTER (WHERE kind IN (10, 11)) AS charges
                FROM signed WHERE kind >= 10 GROUP BY id, account_id
            )
            SELECT 'I1 posted is the sum of the entries', account_id, coalesce(account.posted, 0) - coalesce(booked.posted, 0)
            FROM user_credits AS account FULL JOIN booked USING (account_id)
            WHERE coalesce(account.posted, 0) <> coalesce(booked.posted, 0)
            UNION ALL
            SELECT 'I1 entries are numbered without a gap', account_id, coalesce(account.last_entry, 0) - coalesce(booked.entries, 0)
            FROM user_credits AS account FULL JOIN booked USING (account_id)
            WHERE coalesce(account.last_entry, 0) <> coalesce(booked.entries, 0) OR booked.entries <> booked.last_entry
            UNION ALL
            SELECT 'I1 each balance follows from the entry before', id, drift FROM running WHERE drift <> 0
            UNION ALL
            SELECT 'I1 used this month is the sum of the charges', account_id, account.used - coalesce(booked.used, 0)
            FROM user_credits AS account LEFT JOIN booked USING (account_id)
            WHERE account.used <> coalesce(booked.used, 0)
            UNION ALL
            SELECT 'I2 pending is the sum of the open holds', account_id, coalesce(account.pending, 0) - coalesce(held.pending, 0)
            FROM user_credits AS account FULL JOIN held USING (account_id)
            WHERE coalesce(account.pending, 0) <> coalesce(held.pending, 0)
            UNION ALL
            SELECT 'I3 no open hold outlives its lease by two seconds', id, amount
            FROM credit_reservations WHERE state = 0 AND expires_at < now() - interval '2 seconds'
            UNION ALL
            SELECT 'I4 no balance is below its floor by more than the overshoot', account_id, floor - posted
            FROM user_credits WHERE posted < floor - $1
            UNION ALL
            SELECT 'I8 a request is charged once', id, net FROM billed WHERE charges > 1
            UNION ALL
            SELECT 'I8 the bill of a request is the cost of its usage', coalesce(id, request_id), coalesce(billed.net, 0) - coalesce(usage.cost, 0)
            FROM billed FULL JOIN llm_usage AS usage ON usage.request_id = billed.id AND usage.account_id = billed.account_id
            WHERE coalesce(billed.net, 0) <> coalesce(usage.cost, 0)
            UNION ALL
            SELECT 'I12 all accounts together are zero', NULL, total
            FROM (
                SELECT (SELECT coalesce(sum(posted), 0) FROM user_credits)
                    + (SELECT coalesce(sum(CASE WHEN credit_account = account_id THEN -amount ELSE amount END), 0) FROM credit_transactions)
                    AS total
            ) AS everything
            WHERE total <> 0
            """);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = overshoot.Value });

        var drifts = new List<LedgerDrift>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            drifts.Add(new LedgerDrift(
                reader.GetString(0),
                reader.IsDBNull(1) ? null : reader.GetGuid(1),
                reader.GetFieldValue<decimal>(2)));
        }

        return drifts;
    }
}

/// <summary>One thing that is not as it must be.</summary>
/// <param name="Invariant">Which rule, by its number and in words.</param>
/// <param name="Subject">The account, entry or request; null for the whole ledger.</param>
/// <param name="Difference">In nano-USD, or in entries.</param>
internal sealed record LedgerDrift(string Invariant, Guid? Subject, decimal Difference);
