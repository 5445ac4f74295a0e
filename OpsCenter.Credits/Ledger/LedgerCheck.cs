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
                    CASE WHEN credit_account = account_id THEN amount ELSE -amount END AS amount
                FROM credit_transactions
            ),
            booked AS (
                SELECT account_id, sum(amount) AS posted, count(*) AS entries, max(number) AS last_entry
                FROM signed GROUP BY account_id
            ),
            used AS (
                SELECT account_id, date_trunc('month', day)::date AS month, sum(cost) AS used FROM llm_usage GROUP BY 1, 2
            ),
            held AS (
                SELECT account_id, sum(amount) AS pending, count(*) AS holds
                FROM credit_reservations WHERE state = 0 GROUP BY account_id
            ),
            hours AS (
                SELECT account_id, date_trunc('hour', created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour,
                    coalesce(key_id, '00000000-0000-0000-0000-000000000000') AS key_id, provider, model,
                    count(*) AS requests, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens, sum(cost) AS cost
                FROM llm_usage GROUP BY 1, 2, 3, 4, 5
            ),
            told AS (
                SELECT left(ref, 36)::uuid AS request_id, sum((payload ->> 'precise_total_amount_cents')::numeric * 10000000) AS cost
                FROM outbox WHERE topic = 'lago' GROUP BY 1
            ),
            running AS (
                SELECT id, balance_after - sum(amount) OVER (PARTITION BY account_id ORDER BY number) AS drift FROM signed
            ),
            billed AS (
                SELECT id, account_id, -sum(amount) AS net, count(*) FILTER (WHERE kind IN (10, 11)) AS charges
                FROM signed WHERE kind BETWEEN 10 AND 12 GROUP BY id, account_id
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
            SELECT 'I11 used this month is the sum of what its requests cost', account_id, account.used - coalesce(used.used, 0)
            FROM user_credits AS account LEFT JOIN used USING (account_id)
            WHERE used.month IS NOT DISTINCT FROM account.used_month AND account.used <> coalesce(used.used, 0)
                OR used.month > account.used_month AND used.used <> 0
            UNION ALL
            SELECT 'I11 the used part of a budget is the sum of what its requests cost', budget.scope_id, budget.used - spent.cost
            FROM credit_budgets AS budget
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(cost), 0) AS cost FROM llm_usage AS usage
                WHERE usage.account_id = budget.account_id
                    AND usage.day BETWEEN budget.starts_on AND CASE WHEN budget.period = 1
                        THEN (budget.starts_on + interval '1 month - 1 day')::date ELSE budget.starts_on END
                    AND (budget.scope_kind = 0
                        OR CASE WHEN budget.scope_kind = 1 THEN usage.key_id ELSE usage.user_id END = budget.scope_id)
            ) AS spent
            WHERE budget.used <> spent.cost
            UNION ALL
            SELECT 'I2 the pending part of a budget is the sum of its open holds', budget.scope_id, budget.pending - holds.amount
            FROM credit_budgets AS budget
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(amount), 0) AS amount FROM credit_reservations AS hold
                WHERE hold.state = 0 AND hold.account_id = budget.account_id
                    AND hold.day BETWEEN budget.starts_on AND CASE WHEN budget.period = 1
                        THEN (budget.starts_on + interval '1 month - 1 day')::date ELSE budget.starts_on END
                    AND (budget.scope_kind = 0
                        OR CASE WHEN budget.scope_kind = 1 THEN hold.key_id ELSE hold.user_id END = budget.scope_id)
            ) AS holds
            WHERE budget.pending <> holds.amount
            UNION ALL
            SELECT 'I2 open holds are counted', account_id, coalesce(account.open_holds, 0) - coalesce(held.holds, 0)
            FROM user_credits AS account FULL JOIN held USING (account_id)
            WHERE coalesce(account.open_holds, 0) <> coalesce(held.holds, 0)
            UNION ALL
            SELECT 'I9 what Lago is told of a request is its cost', told.request_id, told.cost - coalesce(usage.cost, 0)
            FROM told LEFT JOIN llm_usage AS usage USING (request_id)
            WHERE told.cost <> coalesce(usage.cost, 0)
            UNION ALL
            SELECT 'I9 each hour is the sum of its usage', account_id, coalesce(total.cost, 0) - coalesce(hours.cost, 0)
            FROM usage_hourly AS total FULL JOIN hours USING (account_id, hour, key_id, provider, model)
            WHERE (coalesce(total.requests, 0), coalesce(total.input_tokens, 0), coalesce(total.output_tokens, 0), coalesce(total.cost, 0))
                <> (coalesce(hours.requests, 0), coalesce(hours.input_tokens, 0), coalesce(hours.output_tokens, 0), coalesce(hours.cost, 0))
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
