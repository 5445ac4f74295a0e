using System.Data;
using Npgsql;
using NpgsqlTypes;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Credits.Totals;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// The two round trips of a batch, on one connection with prepared statements. The first locks the accounts in the order of
/// their ids and reads what the rules look at; the second writes what they changed and commits. Every statement is about
/// whole arrays, so a batch of a thousand commands costs little more than a batch of one.
/// </summary>
/// <remarks>Not for two callers at once. After an exception the transaction is gone, and the next call takes a new connection.</remarks>
internal sealed class LedgerStore(NpgsqlDataSource source, LedgerTerms terms) : IAsyncDisposable
{
    // A lane waits this long for the lock that another replica holds, or for a server that does not answer.
    private const int TimeoutSeconds = 4;

    private readonly KeyColumns _keys = new();
    private readonly ChangeColumns _changes = new();
    private NpgsqlConnection? _connection;
    private NpgsqlBatch? _read;
    private NpgsqlBatch? _write;

    /// <summary>Begins the transaction and reads what <paramref name="commands"/> are about.</summary>
    public async Task<LedgerState> BeginAsync(IReadOnlyList<LedgerCommand> commands)
    {
        if (_connection is not { FullState: ConnectionState.Open })
            await ConnectAsync();
        _keys.Fill(commands);
        await using var reader = await _read!.ExecuteReaderAsync();

        var accounts = new List<Account>();
        while (await reader.ReadAsync())
        {
            accounts.Add(new Account
            {
                AccountId = reader.GetGuid(0),
                Posted = new NanoUsd(reader.GetInt64(1)),
                Pending = new NanoUsd(reader.GetInt64(2)),
                OpenHolds = reader.GetInt32(3),
                Floor = new NanoUsd(reader.GetInt64(4)),
                Status = (AccountStatus)reader.GetInt16(5),
                LastEntry = reader.GetInt64(6),
                Used = new NanoUsd(reader.GetInt64(7)),
                UsedMonth = reader.GetFieldValue<DateOnly>(8),
            });
        }

        await reader.NextResultAsync();
        await reader.ReadAsync();
        var state = new LedgerState(reader.GetFieldValue<DateTimeOffset>(0), terms);
        accounts.ForEach(state.Know);

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
            state.Know((Tier)reader.GetInt16(0), new PlanLimits(new NanoUsd(reader.GetInt64(1)), reader.GetInt32(2)));

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
            ReadBudget(reader, state);

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            state.Know(new Hold
            {
                Id = reader.GetGuid(0),
                AccountId = reader.GetGuid(1),
                KeyId = reader.IsDBNull(2) ? null : reader.GetGuid(2),
                UserId = reader.IsDBNull(3) ? null : reader.GetGuid(3),
                Day = reader.GetFieldValue<DateOnly>(4),
                MonthCap = new NanoUsd(reader.GetInt64(5)),
                Initial = new NanoUsd(reader.GetInt64(6)),
                Amount = new NanoUsd(reader.GetInt64(7)),
                Observed = new NanoUsd(reader.GetInt64(8)),
                WrittenOff = new NanoUsd(reader.GetInt64(9)),
                State = (HoldState)reader.GetInt16(10),
                ExpiresAt = reader.GetFieldValue<DateTimeOffset>(11),
            });
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
        {
            state.Know(reader.GetGuid(0), new SettledRequest(
                reader.GetGuid(1), new NanoUsd(reader.GetInt64(2)), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        await reader.NextResultAsync();
        while (await reader.ReadAsync())
            state.Know(reader.GetGuid(0), (EntryKind)reader.GetInt16(1), new PostedEntry(reader.GetGuid(2), new NanoUsd(reader.GetInt64(3))));

        return state;
    }

    private static void ReadBudget(NpgsqlDataReader reader, LedgerState state)
    {
        var limit = state.Know(new Limit
        {
            AccountId = reader.GetGuid(0),
            ScopeKind = (BudgetScope)reader.GetInt16(1),
            ScopeId = reader.GetGuid(2),
            Period = (BudgetPeriod)reader.GetInt16(3),
            Cap = new NanoUsd(reader.GetInt64(4)),
            AlertPercent = reader.GetInt32(5),
        });
        if (reader.IsDBNull(6))
            return;
        state.Know(limit, new Budget
        {
            AccountId = limit.AccountId,
            ScopeKind = limit.ScopeKind,
            ScopeId = limit.ScopeId,
            Period = limit.Period,
            StartsOn = reader.GetFieldValue<DateOnly>(6),
            Used = new NanoUsd(reader.GetInt64(7)),
            Pending = new NanoUsd(reader.GetInt64(8)),
            Alerted = reader.GetBoolean(9),
        });
    }

    /// <summary>Writes what changed and commits. When this returns, the replies may be given.</summary>
    public async Task CommitAsync(LedgerState state)
    {
        _changes.Fill(state);
        await _write!.ExecuteNonQueryAsync();
    }

    /// <summary>Gives up the transaction, if there is one, and the connection with it.</summary>
    public async Task ResetAsync()
    {
        var connection = _connection;
        (_connection, _read, _write) = (null, null, null);
        if (connection is not null)
            await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync() => await ResetAsync();

    private async Task ConnectAsync()
    {
        await ResetAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(TimeoutSeconds));
        _connection = await source.OpenConnectionAsync(limit.Token);
        // Every statement here is a look-up by key. A plan that was cached while a table was empty would read all of it for ever.
        await using (var settings = new NpgsqlCommand("SET enable_seqscan = off", _connection))
            await settings.ExecuteNonQueryAsync(limit.Token);
        _read = await PrepareAsync(KeyColumns.Statements(_keys), limit.Token);
        _write = await PrepareAsync(ChangeColumns.Statements(_changes), limit.Token);
    }

    private async Task<NpgsqlBatch> PrepareAsync(IEnumerable<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        var batch = new NpgsqlBatch(_connection) { Timeout = TimeoutSeconds };
        foreach (var command in commands)
            batch.BatchCommands.Add(command);
        await batch.PrepareAsync(ct);
        return batch;
    }

    private static NpgsqlBatchCommand Statement(string sql, params ReadOnlySpan<IColumn> columns)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var column in columns)
            command.Parameters.Add(column.Parameter());
        return command;
    }

    /// <summary>The ids that a batch is about.</summary>
    private sealed class KeyColumns
    {
        private readonly Column<Guid> _accounts = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _holds = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _requests = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _posts = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _scopes = new(NpgsqlDbType.Uuid);

        public static IEnumerable<NpgsqlBatchCommand> Statements(KeyColumns keys) =>
        [
            Statement("BEGIN ISOLATION LEVEL READ COMMITTED"),
            Statement(
                """
                SELECT account_id, posted, pending, open_holds, floor, status, last_entry, used, used_month
                FROM user_credits WHERE account_id = ANY($1)
                ORDER BY account_id FOR NO KEY UPDATE
                """,
                keys._accounts),
            // Read after the locks were taken, and each statement sees what was committed before it: nothing here is stale.
            // That goes for the time as well: a budget that was set while this waited belongs to no later day than this.
            Statement("SELECT clock_timestamp()"),
            Statement("SELECT DISTINCT ON (tier) tier, monthly_cap, max_open_holds FROM credit_plans ORDER BY tier, version DESC"),
            // For accounts without budgets, which are most, this ends at the first index look-up.
            Statement(
                """
                WITH held AS (SELECT key_id, user_id, day FROM credit_reservations WHERE id = ANY($2)),
                days AS (SELECT day FROM held UNION SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date)
                SELECT known.account_id, known.scope_kind, known.scope_id, known.period, known.cap, known.alert_percent,
                    budget.starts_on, budget.used, budget.pending, budget.alerted
                FROM credit_limits AS known
                LEFT JOIN credit_budgets AS budget
                    ON (budget.account_id, budget.scope_kind, budget.scope_id, budget.period)
                        = (known.account_id, known.scope_kind, known.scope_id, known.period)
                    AND budget.starts_on IN (
                        SELECT CASE WHEN known.period = 1 THEN date_trunc('month', day)::date ELSE day END FROM days)
                WHERE known.account_id = ANY($1)
                    AND (known.scope_kind = 0 OR known.scope_id = ANY($3)
                        OR known.scope_id IN (SELECT key_id FROM held UNION SELECT user_id FROM held))
                """,
                keys._accounts, keys._holds, keys._scopes),
            Statement(
                """
                SELECT id, account_id, key_id, user_id, day, month_cap, initial, amount, observed, written_off, state, expires_at
                FROM credit_reservations WHERE id = ANY($1)
                """,
                keys._holds),
            Statement("SELECT request_id, account_id, cost, created_at FROM llm_usage WHERE request_id = ANY($1)", keys._requests),
            Statement(
                """
                SELECT id, kind, account_id, CASE WHEN credit_account = account_id THEN amount ELSE -amount END
                FROM credit_transactions WHERE id = ANY($1)
                """,
                keys._posts),
        ];

        public void Fill(IReadOnlyList<LedgerCommand> commands)
        {
            _accounts.Clear();
            _holds.Clear();
            _requests.Clear();
            _posts.Clear();
            _scopes.Clear();
            foreach (var command in commands)
            {
                _accounts.Add(command.AccountId);
                if (command is Post)
                    _posts.Add(command.Id);
                else
                    _holds.Add(command.Id);
                if (command is Reserve or Settle)
                    _requests.Add(command.Id);
                AddScopes(command);
            }
        }

        private void AddScopes(LedgerCommand command)
        {
            var (key, user) = command switch
            {
                Reserve reserve => (reserve.KeyId, reserve.UserId),
                Settle settle => (settle.Usage.KeyId, settle.Usage.UserId),
                _ => (null, null),
            };
            if (key is { } keyId)
                _scopes.Add(keyId);
            if (user is { } userId)
                _scopes.Add(userId);
        }
    }

    /// <summary>What a batch writes, column by column.</summary>
    private sealed class ChangeColumns
    {
        private readonly Column<bool> _mayBeLost = new(NpgsqlDbType.Boolean);
        private readonly AccountColumns _openedAccounts = new();
        private readonly AccountColumns _changedAccounts = new();
        private readonly HoldColumns _openedHolds = new();
        private readonly HoldColumns _changedHolds = new();
        private readonly EntryColumns _entries = new();
        private readonly UsageColumns _usage = new();
        private readonly BudgetColumns _budgets = new();
        private readonly HourColumns _hours = new();
        private readonly MessageColumns _messages = new();

        public static IEnumerable<NpgsqlBatchCommand> Statements(ChangeColumns changes) =>
        [
            Statement(
                """
                SELECT set_config('synchronous_commit',
                    CASE WHEN ($1::boolean[])[1] THEN 'off' ELSE current_setting('synchronous_commit') END, true)
                """,
                changes._mayBeLost),
            Statement(
                """
                INSERT INTO user_credits (account_id, posted, pending, open_holds, last_entry, used, used_month, floor, status)
                SELECT *, 0, 0 FROM unnest($1, $2, $3, $4, $5, $6, $7)
                """,
                changes._openedAccounts.All),
            Statement(
                """
                UPDATE user_credits AS account
                SET posted = new.posted, pending = new.pending, open_holds = new.open_holds, last_entry = new.last_entry,
                    used = new.used, used_month = new.used_month
                FROM unnest($1, $2, $3, $4, $5, $6, $7)
                    AS new (account_id, posted, pending, open_holds, last_entry, used, used_month)
                WHERE account.account_id = new.account_id
                """,
                changes._changedAccounts.All),
            Statement(
                """
                INSERT INTO credit_budgets (account_id, scope_kind, scope_id, period, starts_on, used, pending, alerted)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (account_id, scope_kind, scope_id, period, starts_on)
                DO UPDATE SET used = EXCLUDED.used, pending = EXCLUDED.pending, alerted = EXCLUDED.alerted
                """,
                changes._budgets.All),
            Statement(
                """
                INSERT INTO credit_reservations
                    (id, account_id, key_id, user_id, day, month_cap, initial, amount, observed, written_off, state, expires_at)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                """,
                changes._openedHolds.All),
            Statement(
                """
                UPDATE credit_reservations AS hold
                SET amount = new.amount, observed = new.observed, written_off = new.written_off, state = new.state,
                    expires_at = new.expires_at
                FROM unnest($1, $2, $3, $4, $5, $6) AS new (id, amount, observed, written_off, state, expires_at)
                WHERE hold.id = new.id
                """,
                changes._changedHolds.Changing),
            Statement(
                """
                INSERT INTO credit_transactions
                    (id, kind, account_id, number, debit_account, credit_account, amount, balance_after, created_at, memo)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                """,
                changes._entries.All),
            // Only what a recovery wrote is written over; a second settlement never comes this far.
            Statement(
                """
                INSERT INTO llm_usage AS known
                    (request_id, account_id, cost, key_id, user_id, day, provider, model, power_level, task, input_tokens, output_tokens,
                     cached_input_tokens, cache_write_tokens, reasoning_tokens, source, http_status, streamed, byok,
                     first_token_ms, duration_ms, attempts, price_version, created_at)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                    $23, $24)
                ON CONFLICT (request_id) DO UPDATE SET
                    cost = EXCLUDED.cost, key_id = EXCLUDED.key_id, provider = EXCLUDED.provider, model = EXCLUDED.model,
                    power_level = EXCLUDED.power_level, task = EXCLUDED.task, input_tokens = EXCLUDED.input_tokens,
                    output_tokens = EXCLUDED.output_tokens, cached_input_tokens = EXCLUDED.cached_input_tokens,
                    cache_write_tokens = EXCLUDED.cache_write_tokens, reasoning_tokens = EXCLUDED.reasoning_tokens,
                    source = EXCLUDED.source, http_status = EXCLUDED.http_status, streamed = EXCLUDED.streamed,
                    byok = EXCLUDED.byok, first_token_ms = EXCLUDED.first_token_ms, duration_ms = EXCLUDED.duration_ms,
                    attempts = EXCLUDED.attempts, price_version = EXCLUDED.price_version
                WHERE known.account_id = EXCLUDED.account_id AND known.source = 2
                """,
                changes._usage.All),
            // Rows of an account are written under its lock alone, so no two transactions meet here.
            Statement(
                """
                INSERT INTO usage_hourly AS known
                    (account_id, hour, key_id, provider, model, requests, input_tokens, output_tokens, cost)
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                ON CONFLICT (account_id, hour, key_id, provider, model) DO UPDATE SET
                    requests = known.requests + EXCLUDED.requests, input_tokens = known.input_tokens + EXCLUDED.input_tokens,
                    output_tokens = known.output_tokens + EXCLUDED.output_tokens, cost = known.cost + EXCLUDED.cost
                """,
                changes._hours.All),
            Statement(
                """
                INSERT INTO outbox (topic, ref, payload, created_at, next_attempt_at, state, attempts)
                SELECT topic, ref, payload::jsonb, created_at, created_at, 0, 0
                FROM unnest($1, $2, $3, $4) AS new (topic, ref, payload, created_at)
                ON CONFLICT (topic, ref) DO NOTHING
                """,
                changes._messages.All),
            Statement("COMMIT"),
        ];

        public void Fill(LedgerState state)
        {
            _mayBeLost.Clear();
            _mayBeLost.Add(!state.MustLast);
            _openedAccounts.Fill(state.OpenedAccounts);
            _changedAccounts.Fill(state.ChangedAccounts);
            _openedHolds.Fill(state.OpenedHolds);
            _changedHolds.Fill(state.ChangedHolds);
            _entries.Fill(state.Entries);
            _usage.Fill(state.Usage);
            _budgets.Fill(state.ChangedBudgets);
            _hours.Fill(state.Hours);
            _messages.Fill(state.Messages);
        }
    }

    private sealed class AccountColumns
    {
        private readonly Column<Guid> _id = new(NpgsqlDbType.Uuid);
        private readonly Column<long> _posted = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _pending = new(NpgsqlDbType.Bigint);
        private readonly Column<int> _openHolds = new(NpgsqlDbType.Integer);
        private readonly Column<long> _lastEntry = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _used = new(NpgsqlDbType.Bigint);
        private readonly Column<DateOnly> _usedMonth = new(NpgsqlDbType.Date);

        public IColumn[] All => [_id, _posted, _pending, _openHolds, _lastEntry, _used, _usedMonth];

        public void Fill(IReadOnlyCollection<Account> accounts)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var account in accounts)
            {
                _id.Add(account.AccountId);
                _posted.Add(account.Posted.Value);
                _pending.Add(account.Pending.Value);
                _openHolds.Add(account.OpenHolds);
                _lastEntry.Add(account.LastEntry);
                _used.Add(account.Used.Value);
                _usedMonth.Add(account.UsedMonth);
            }
        }
    }

    private sealed class HoldColumns
    {
        private readonly Column<Guid> _id = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _accountId = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid?> _keyId = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid?> _userId = new(NpgsqlDbType.Uuid);
        private readonly Column<DateOnly> _day = new(NpgsqlDbType.Date);
        private readonly Column<long> _monthCap = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _initial = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _amount = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _observed = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _writtenOff = new(NpgsqlDbType.Bigint);
        private readonly Column<short> _state = new(NpgsqlDbType.Smallint);
        private readonly Column<DateTimeOffset> _expiresAt = new(NpgsqlDbType.TimestampTz);

        public IColumn[] All =>
            [_id, _accountId, _keyId, _userId, _day, _monthCap, _initial, _amount, _observed, _writtenOff, _state, _expiresAt];

        public IColumn[] Changing => [_id, _amount, _observed, _writtenOff, _state, _expiresAt];

        public void Fill(IReadOnlyCollection<Hold> holds)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var hold in holds)
            {
                _id.Add(hold.Id);
                _accountId.Add(hold.AccountId);
                _keyId.Add(hold.KeyId);
                _userId.Add(hold.UserId);
                _day.Add(hold.Day);
                _monthCap.Add(hold.MonthCap.Value);
                _initial.Add(hold.Initial.Value);
                _amount.Add(hold.Amount.Value);
                _observed.Add(hold.Observed.Value);
                _writtenOff.Add(hold.WrittenOff.Value);
                _state.Add((short)hold.State);
                _expiresAt.Add(hold.ExpiresAt);
            }
        }
    }

    private sealed class EntryColumns
    {
        private readonly Column<Guid> _id = new(NpgsqlDbType.Uuid);
        private readonly Column<short> _kind = new(NpgsqlDbType.Smallint);
        private readonly Column<Guid> _accountId = new(NpgsqlDbType.Uuid);
        private readonly Column<long> _number = new(NpgsqlDbType.Bigint);
        private readonly Column<Guid> _debitAccount = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _creditAccount = new(NpgsqlDbType.Uuid);
        private readonly Column<long> _amount = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _balanceAfter = new(NpgsqlDbType.Bigint);
        private readonly Column<DateTimeOffset> _createdAt = new(NpgsqlDbType.TimestampTz);
        private readonly Column<string?> _memo = new(NpgsqlDbType.Text);

        public IColumn[] All =>
            [_id, _kind, _accountId, _number, _debitAccount, _creditAccount, _amount, _balanceAfter, _createdAt, _memo];

        public void Fill(IReadOnlyCollection<Entry> entries)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var entry in entries)
            {
                _id.Add(entry.Id);
                _kind.Add((short)entry.Kind);
                _accountId.Add(entry.AccountId);
                _number.Add(entry.Number);
                _debitAccount.Add(entry.DebitAccount);
                _creditAccount.Add(entry.CreditAccount);
                _amount.Add(entry.Amount.Value);
                _balanceAfter.Add(entry.BalanceAfter.Value);
                _createdAt.Add(entry.CreatedAt);
                _memo.Add(entry.Memo);
            }
        }
    }

    private sealed class UsageColumns
    {
        private readonly Column<Guid> _requestId = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid> _accountId = new(NpgsqlDbType.Uuid);
        private readonly Column<long> _cost = new(NpgsqlDbType.Bigint);
        private readonly Column<Guid?> _keyId = new(NpgsqlDbType.Uuid);
        private readonly Column<Guid?> _userId = new(NpgsqlDbType.Uuid);
        private readonly Column<DateOnly> _day = new(NpgsqlDbType.Date);
        private readonly Column<string> _provider = new(NpgsqlDbType.Text);
        private readonly Column<string> _model = new(NpgsqlDbType.Text);
        private readonly Column<string> _powerLevel = new(NpgsqlDbType.Text);
        private readonly Column<string> _task = new(NpgsqlDbType.Text);
        private readonly Column<long> _input = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _output = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _cachedInput = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _cacheWrite = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _reasoning = new(NpgsqlDbType.Bigint);
        private readonly Column<short> _source = new(NpgsqlDbType.Smallint);
        private readonly Column<int> _httpStatus = new(NpgsqlDbType.Integer);
        private readonly Column<bool> _streamed = new(NpgsqlDbType.Boolean);
        private readonly Column<bool> _byok = new(NpgsqlDbType.Boolean);
        private readonly Column<int?> _firstTokenMs = new(NpgsqlDbType.Integer);
        private readonly Column<int> _durationMs = new(NpgsqlDbType.Integer);
        private readonly Column<int> _attempts = new(NpgsqlDbType.Integer);
        private readonly Column<long> _priceVersion = new(NpgsqlDbType.Bigint);
        private readonly Column<DateTimeOffset> _createdAt = new(NpgsqlDbType.TimestampTz);

        public IColumn[] All =>
        [
            _requestId, _accountId, _cost, _keyId, _userId, _day, _provider, _model, _powerLevel, _task, _input, _output, _cachedInput,
            _cacheWrite, _reasoning, _source, _httpStatus, _streamed, _byok, _firstTokenMs, _durationMs, _attempts,
            _priceVersion, _createdAt,
        ];

        public void Fill(IReadOnlyCollection<UsageRecord> records)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var usage in records)
            {
                _requestId.Add(usage.RequestId);
                _accountId.Add(usage.AccountId);
                _cost.Add(usage.Cost.Value);
                _keyId.Add(usage.KeyId);
                _userId.Add(usage.UserId);
                _day.Add(usage.Day);
                _provider.Add(usage.Provider);
                _model.Add(usage.Model);
                _powerLevel.Add(usage.PowerLevel);
                _task.Add(usage.Task);
                _input.Add(usage.InputTokens);
                _output.Add(usage.OutputTokens);
                _cachedInput.Add(usage.CachedInputTokens);
                _cacheWrite.Add(usage.CacheWriteTokens);
                _reasoning.Add(usage.ReasoningTokens);
                _source.Add((short)usage.Source);
                _httpStatus.Add(usage.HttpStatus);
                _streamed.Add(usage.Streamed);
                _byok.Add(usage.Byok);
                _firstTokenMs.Add(usage.FirstTokenMs);
                _durationMs.Add(usage.DurationMs);
                _attempts.Add(usage.Attempts);
                _priceVersion.Add(usage.PriceVersion);
                _createdAt.Add(usage.CreatedAt);
            }
        }
    }

    private sealed class BudgetColumns
    {
        private readonly Column<Guid> _accountId = new(NpgsqlDbType.Uuid);
        private readonly Column<short> _scopeKind = new(NpgsqlDbType.Smallint);
        private readonly Column<Guid> _scopeId = new(NpgsqlDbType.Uuid);
        private readonly Column<short> _period = new(NpgsqlDbType.Smallint);
        private readonly Column<DateOnly> _startsOn = new(NpgsqlDbType.Date);
        private readonly Column<long> _used = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _pending = new(NpgsqlDbType.Bigint);
        private readonly Column<bool> _alerted = new(NpgsqlDbType.Boolean);

        public IColumn[] All => [_accountId, _scopeKind, _scopeId, _period, _startsOn, _used, _pending, _alerted];

        public void Fill(IReadOnlyCollection<Budget> budgets)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var budget in budgets)
            {
                _accountId.Add(budget.AccountId);
                _scopeKind.Add((short)budget.ScopeKind);
                _scopeId.Add(budget.ScopeId);
                _period.Add((short)budget.Period);
                _startsOn.Add(budget.StartsOn);
                _used.Add(budget.Used.Value);
                _pending.Add(budget.Pending.Value);
                _alerted.Add(budget.Alerted);
            }
        }
    }

    private sealed class HourColumns
    {
        private readonly Column<Guid> _accountId = new(NpgsqlDbType.Uuid);
        private readonly Column<DateTimeOffset> _hour = new(NpgsqlDbType.TimestampTz);
        private readonly Column<Guid> _keyId = new(NpgsqlDbType.Uuid);
        private readonly Column<string> _provider = new(NpgsqlDbType.Text);
        private readonly Column<string> _model = new(NpgsqlDbType.Text);
        private readonly Column<long> _requests = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _input = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _output = new(NpgsqlDbType.Bigint);
        private readonly Column<long> _cost = new(NpgsqlDbType.Bigint);

        public IColumn[] All => [_accountId, _hour, _keyId, _provider, _model, _requests, _input, _output, _cost];

        public void Fill(IReadOnlyDictionary<UsageKey, UsageSum> hours)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var (key, sum) in hours)
            {
                _accountId.Add(key.AccountId);
                _hour.Add(key.Hour);
                _keyId.Add(key.KeyId);
                _provider.Add(key.Provider);
                _model.Add(key.Model);
                _requests.Add(sum.Requests);
                _input.Add(sum.InputTokens);
                _output.Add(sum.OutputTokens);
                _cost.Add(sum.Cost.Value);
            }
        }
    }

    private sealed class MessageColumns
    {
        private readonly Column<string> _topic = new(NpgsqlDbType.Text);
        private readonly Column<string> _ref = new(NpgsqlDbType.Text);
        private readonly Column<string> _payload = new(NpgsqlDbType.Text);
        private readonly Column<DateTimeOffset> _createdAt = new(NpgsqlDbType.TimestampTz);

        public IColumn[] All => [_topic, _ref, _payload, _createdAt];

        public void Fill(IReadOnlyCollection<OutboxMessage> messages)
        {
            foreach (var column in All)
                column.Clear();
            foreach (var message in messages)
            {
                _topic.Add(message.Topic);
                _ref.Add(message.Ref);
                _payload.Add(message.Payload);
                _createdAt.Add(message.CreatedAt);
            }
        }
    }

    private interface IColumn
    {
        NpgsqlParameter Parameter();

        void Clear();
    }

    /// <summary>One array parameter, whose list outlives the batches.</summary>
    private sealed class Column<T>(NpgsqlDbType type) : IColumn
    {
        private readonly List<T> _values = [];

        public void Add(T value) => _values.Add(value);

        public void Clear() => _values.Clear();

        public NpgsqlParameter Parameter() =>
            new NpgsqlParameter<List<T>> { NpgsqlDbType = NpgsqlDbType.Array | type, TypedValue = _values };
    }
}
