using Npgsql;
using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>What each command does and answers, one behaviour at a time, on a real Postgres.</summary>
public sealed class CreditLedgerTests(TestPostgres postgres) : IAsyncLifetime
{
    private CreditsService _credits = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _credits = await CreditsService.StartAsync(postgres);

    public ValueTask DisposeAsync() => _credits.DisposeAsync();

    [Fact]
    public async Task A_hold_lowers_what_is_available_and_its_settlement_charges_the_cost()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();

        var held = await _credits.ApplyAsync(Some.Reserve(id, account, 60));
        var settled = await _credits.ApplyAsync(Some.Settle(id, account, 25));

        Assert.Equal(new LedgerReply(id, LedgerStatus.Ok, new NanoUsd(40)), held);
        Assert.Equal(new LedgerReply(id, LedgerStatus.Ok, new NanoUsd(75)), settled);
        Assert.Equal(
            new Balance(account, new NanoUsd(75), NanoUsd.Zero, new NanoUsd(75), new NanoUsd(25)),
            await _credits.BalanceAsync(account));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_reservation_is_made_once()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 60));

        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Reserve(id, account, 60)));
        Assert.Equal(
            (LedgerStatus.Conflict, LedgerFields.Amount),
            Answer(await _credits.ApplyAsync(Some.Reserve(id, account, 61))));
        Assert.Equal(
            (LedgerStatus.Conflict, LedgerFields.KeyId),
            Answer(await _credits.ApplyAsync(Some.Reserve(id, account, 60) with { KeyId = Some.Id() })));
        Assert.Equal(
            (LedgerStatus.Conflict, LedgerFields.AccountId),
            Answer(await _credits.ApplyAsync(Some.Reserve(id, await _credits.AccountWithAsync(100), 60))));

        await _credits.ApplyAsync(new Release(id, account));
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(Some.Reserve(id, account, 60)));
        await _credits.AssertNoDriftAsync();
    }

    [Theory]
    [InlineData(100, LedgerStatus.Ok)]
    [InlineData(101, LedgerStatus.InsufficientCredits)]
    public async Task A_hold_may_take_the_last_credit_and_not_one_more(long amount, LedgerStatus answer)
    {
        var account = await _credits.AccountWithAsync(100);

        Assert.Equal(answer, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, amount)));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_credit_line_lets_an_account_hold_down_to_its_floor()
    {
        var account = await _credits.AccountWithAsync(100);
        await _credits.ExecuteAsync($"UPDATE user_credits SET floor = -50 WHERE account_id = '{account}'");

        Assert.Equal(LedgerStatus.InsufficientCredits, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 151)));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 150)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_stopped_account_begins_nothing_and_ends_what_runs(int status)
    {
        var account = await _credits.AccountWithAsync(100);
        var running = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(running, account, 10));
        await _credits.ExecuteAsync($"UPDATE user_credits SET status = {status} WHERE account_id = '{account}'");

        Assert.Equal(LedgerStatus.Frozen, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 1)));
        Assert.Equal(LedgerStatus.Frozen, await _credits.StatusOfAsync(Some.Extend(running, account, 1)));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Heartbeat(running, account, 5)));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Settle(running, account, 8)));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task An_account_that_the_ledger_never_met_holds_nothing()
    {
        var stranger = Some.Id();

        Assert.Equal(LedgerStatus.UnknownAccount, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), stranger, 0)));
        Assert.Null(await _credits.Ledger.GetBalanceAsync(stranger, Ct));
    }

    [Fact]
    public async Task An_extension_holds_more_when_there_is_more()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 60));

        Assert.Equal(LedgerStatus.InsufficientCredits, await _credits.StatusOfAsync(Some.Extend(id, account, 41)));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Extend(id, account, 40)));
        Assert.Equal(new NanoUsd(100), (await _credits.BalanceAsync(account)).Held);
        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Reserve(id, account, 60)));
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(Some.Extend(Some.Id(), account, 1)));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_heartbeat_keeps_a_hold_that_the_sweeper_would_end()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 60));
        await _credits.LetLeasesRunOutAsync();

        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Heartbeat(id, account, 30)));
        Assert.Equal(0, await _credits.SweepAsync());
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(Some.Heartbeat(Some.Id(), account, 1)));
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>MON-1: an abandoned request is charged what it was last seen to cost, and the rest comes back.</summary>
    [Fact]
    public async Task An_abandoned_hold_is_charged_what_was_observed_and_the_rest_released()
    {
        var account = await _credits.AccountWithAsync(100);
        var (seen, silent) = (Some.Id(), Some.Id());
        await _credits.ApplyAsync(Some.Reserve(seen, account, 60));
        await _credits.ApplyAsync(Some.Reserve(silent, account, 40));
        await _credits.ApplyAsync(Some.Heartbeat(seen, account, 30));
        await _credits.ApplyAsync(Some.Heartbeat(seen, account, 20));
        await _credits.LetLeasesRunOutAsync();

        Assert.Equal(2, await _credits.SweepAsync());
        Assert.Equal(new NanoUsd(70), (await _credits.BalanceAsync(account)).Available);
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(Some.Heartbeat(seen, account, 40)));
        var page = await _credits.Ledger.GetTransactionsAsync(account, null, 10, Ct);
        Assert.Equal((seen, "recovery", new NanoUsd(-30)), (page.Data[0].Id, page.Data[0].Kind, page.Data[0].Amount));
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>MON-5: whatever was recovered before, a request costs in the end what its settlement says.</summary>
    [Theory]
    [InlineData(30, 50)]
    [InlineData(30, 10)]
    [InlineData(30, 30)]
    [InlineData(30, 0)]
    [InlineData(0, 50)]
    public async Task A_settlement_after_the_sweep_nets_to_the_exact_cost(long observed, long cost)
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 60));
        await _credits.ApplyAsync(Some.Heartbeat(id, account, observed));
        await _credits.LetLeasesRunOutAsync();
        await _credits.SweepAsync();

        var late = await _credits.ApplyAsync(Some.Settle(id, account, cost));

        Assert.Equal(new LedgerReply(id, LedgerStatus.Late, new NanoUsd(100 - cost)), late);
        Assert.Equal(new NanoUsd(cost), (await _credits.BalanceAsync(account)).UsedThisMonth);
        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Settle(id, account, cost)));
        Assert.Equal(LedgerStatus.Conflict, await _credits.StatusOfAsync(Some.Settle(id, account, cost + 1)));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_settlement_whose_hold_was_forgotten_is_charged_in_full()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();

        Assert.Equal(new LedgerReply(id, LedgerStatus.Late, new NanoUsd(70)), await _credits.ApplyAsync(Some.Settle(id, account, 30)));
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(Some.Reserve(id, account, 60)));
        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Settle(id, account, 30)));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_free_request_needs_no_hold_and_no_account_and_leaves_its_usage()
    {
        var stranger = Some.Id();
        var id = Some.Id();

        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Settle(id, stranger, 0)));
        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Settle(id, stranger, 0)));
        Assert.Null(await _credits.Ledger.GetBalanceAsync(stranger, Ct));
        await using var usage = _credits.Database.CreateCommand($"SELECT output_tokens FROM llm_usage WHERE request_id = '{id}'");
        Assert.Equal(10L, await usage.ExecuteScalarAsync(Ct));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_second_settlement_with_another_cost_changes_nothing()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 60));
        await _credits.ApplyAsync(Some.Settle(id, account, 25));

        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(Some.Settle(id, account, 25)));
        Assert.Equal((LedgerStatus.Conflict, LedgerFields.Cost), Answer(await _credits.ApplyAsync(Some.Settle(id, account, 26))));
        Assert.Equal(new NanoUsd(75), (await _credits.BalanceAsync(account)).Available);
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>MON-1: the money is owed already, so the balance goes below zero and the next request is refused.</summary>
    [Fact]
    public async Task A_request_that_cost_more_than_its_hold_is_charged_in_full()
    {
        var account = await _credits.AccountWithAsync(100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 90));

        var settled = await _credits.ApplyAsync(Some.Settle(id, account, 130));

        Assert.Equal(new LedgerReply(id, LedgerStatus.Ok, new NanoUsd(-30)), settled);
        Assert.Equal(LedgerStatus.InsufficientCredits, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 0)));
        await _credits.AssertNoDriftAsync(overshoot: 40);
    }

    /// <summary>The bill stays whole; what lies below the bound stands beside it, and the published bound is the floor of all balances.</summary>
    [Fact]
    public async Task What_lies_below_the_bound_is_written_off_in_the_open()
    {
        await using var credits = await CreditsService.StartAsync(postgres, ("Credits:Ledger:MaxOvershootUsd", "0.00000003"));
        var account = await credits.AccountWithAsync(100);
        var (id, lost) = (Some.Id(), Some.Id());
        await credits.ApplyAsync(Some.Reserve(id, account, 50));
        await credits.ApplyAsync(Some.Reserve(lost, account, 50));
        await credits.ApplyAsync(Some.Heartbeat(lost, account, 90));

        await credits.ApplyAsync(Some.Settle(id, account, 190));
        Assert.Equal(new NanoUsd(-30), (await credits.BalanceAsync(account)).Posted);
        await credits.LetLeasesRunOutAsync();
        await credits.SweepAsync();
        Assert.Equal(new NanoUsd(-30), (await credits.BalanceAsync(account)).Posted);

        // The lost one comes back cheaper: it owes nothing that was not written off, and gives nothing back that it never paid.
        await credits.ApplyAsync(Some.Settle(lost, account, 10));
        Assert.Equal(new NanoUsd(-30), (await credits.BalanceAsync(account)).Posted);
        var rows = (await credits.Ledger.GetTransactionsAsync(account, null, 20, Ct)).Data;
        Assert.Equal([-80, 80, 90, -90, 60, -190, 100], rows.Select(row => row.Amount.Value));
        Assert.Equal(["writeoff", "correction", "writeoff", "recovery", "writeoff", "charge", "purchase"], rows.Select(row => row.Kind));
        await credits.AssertNoDriftAsync(overshoot: 30);
    }

    [Fact]
    public async Task A_release_gives_the_hold_back_once()
    {
        var account = await _credits.AccountWithAsync(100);
        var (released, settled) = (Some.Id(), Some.Id());
        await _credits.ApplyAsync(Some.Reserve(released, account, 60));
        await _credits.ApplyAsync(Some.Reserve(settled, account, 40));
        await _credits.ApplyAsync(Some.Settle(settled, account, 40));

        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(new Release(released, account)));
        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(new Release(released, account)));
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(new Release(settled, account)));
        Assert.Equal(LedgerStatus.Gone, await _credits.StatusOfAsync(new Release(Some.Id(), account)));
        Assert.Equal(new NanoUsd(60), (await _credits.BalanceAsync(account)).Available);
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>PAY-1: a payment is credited once, however often its webhook comes.</summary>
    [Fact]
    public async Task A_payment_is_posted_once_by_its_id_and_kind()
    {
        var account = Some.Id();
        var purchase = new Post(Some.Id(), account, PostKind.Purchase, NanoUsd.FromCents(500), "Starter");

        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _credits.ApplyAsync(purchase)));

        Assert.Single(replies, reply => reply.Status is LedgerStatus.Ok);
        Assert.Equal(5, replies.Count(reply => reply.Status is LedgerStatus.Duplicate));
        Assert.Equal(
            (LedgerStatus.Conflict, LedgerFields.Amount),
            Answer(await _credits.ApplyAsync(purchase with { Amount = NanoUsd.FromCents(501) })));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(purchase with { Kind = PostKind.Refund, Amount = NanoUsd.FromCents(-200) }));
        Assert.Equal(NanoUsd.FromCents(300), (await _credits.BalanceAsync(account)).Posted);
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_statement_pages_back_to_its_first_row_and_each_balance_follows()
    {
        var account = await _credits.AccountWithAsync(1_000);
        for (var i = 1; i <= 6; i++)
            await _credits.ApplyAsync(Some.Settle(Some.Id(), account, i));

        var rows = new List<LedgerTransaction>();
        TransactionPage page;
        do
        {
            page = await _credits.Ledger.GetTransactionsAsync(account, rows.LastOrDefault()?.Number, 3, Ct);
            rows.AddRange(page.Data);
        }
        while (page.HasMore);

        Assert.Equal([7, 6, 5, 4, 3, 2, 1], rows.Select(row => row.Number));
        Assert.Equal(rows.Select(row => row.BalanceAfter - row.Amount), [.. rows.Skip(1).Select(row => row.BalanceAfter), NanoUsd.Zero]);
        Assert.Equal(("charge", "openai", "gpt-5"), (rows[0].Kind, rows[0].Provider, rows[0].Model));
        Assert.Equal(("purchase", null, null), (rows[6].Kind, rows[6].Provider, rows[6].Model));
    }

    [Theory]
    [InlineData("UPDATE credit_transactions SET amount = 0")]
    [InlineData("DELETE FROM credit_transactions")]
    [InlineData("TRUNCATE credit_transactions")]
    public async Task Written_entries_cannot_be_changed(string sql)
    {
        await _credits.AccountWithAsync(100);

        var refusal = await Assert.ThrowsAsync<PostgresException>(() => _credits.ExecuteAsync(sql));

        Assert.Equal(PostgresErrorCodes.RestrictViolation, refusal.SqlState);
    }

    [Fact]
    public async Task A_command_that_cannot_be_carried_out_fails_alone()
    {
        var account = await _credits.AccountWithAsync(0);
        var poor = await _credits.AccountWithAsync(100);
        var most = NanoUsd.FromUsd(1_000_000_000);

        // Ten times a billion dollars is more than 64 bits of nano-dollars.
        var posts = Enumerable.Range(0, 10).Select(_ => _credits.ApplyAsync(new Post(Some.Id(), account, PostKind.Grant, most))).ToArray();
        var others = Enumerable.Range(0, 10).Select(_ => _credits.StatusOfAsync(Some.Settle(Some.Id(), poor, 1))).ToArray();

        Assert.All(await Task.WhenAll(others), status => Assert.Equal(LedgerStatus.Late, status));
        await Assert.ThrowsAsync<OverflowException>(() => Task.WhenAll(posts));
        Assert.Equal(9, posts.Count(post => post.IsCompletedSuccessfully));
        await _credits.AssertNoDriftAsync();
    }

    [Theory]
    [InlineData("nul \0 in the name")]
    [InlineData("half a pair \ud83d")]
    [InlineData("' OR 1=1; --")]
    public async Task No_text_keeps_a_debt_from_being_written_down(string model)
    {
        var account = await _credits.AccountWithAsync(100);
        var usage = Some.Usage() with { Model = model + new string('x', 1_000) };

        Assert.Equal(LedgerStatus.Late, await _credits.StatusOfAsync(new Settle(Some.Id(), account, new NanoUsd(40), usage)));
        Assert.Equal(new NanoUsd(60), (await _credits.BalanceAsync(account)).Posted);
    }

    [Fact]
    public async Task A_caller_that_stops_waiting_does_not_stop_the_charge()
    {
        var account = await _credits.AccountWithAsync(100);
        using var gone = new CancellationTokenSource();
        var settle = Some.Settle(Some.Id(), account, 40);

        var asked = _credits.Ledger.ApplyAsync(settle, gone.Token);
        await gone.CancelAsync();
        try
        {
            await asked;
        }
        catch (OperationCanceledException)
        {
            // Or it was quicker; either way the charge stands.
        }

        Assert.Equal(LedgerStatus.Duplicate, await _credits.StatusOfAsync(settle));
    }

    [Fact]
    public async Task The_command_says_in_words_what_has_drifted_and_fails()
    {
        var account = await _credits.AccountWithAsync(100);
        using var healthy = new StringWriter();
        Assert.Equal(0, await LedgerCheckCommand.RunAsync(_credits.Service<IServiceProvider>(), healthy));
        await _credits.ExecuteAsync($"UPDATE user_credits SET posted = posted + 1 WHERE account_id = '{account}'");

        using var drifted = new StringWriter();
        Assert.Equal(1, await LedgerCheckCommand.RunAsync(_credits.Service<IServiceProvider>(), drifted));
        Assert.Contains($"I1 posted is the sum of the entries: {account} differs by 1", drifted.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drift_is_found_and_named()
    {
        var account = await _credits.AccountWithAsync(100);
        await _credits.ExecuteAsync($"UPDATE user_credits SET posted = posted + 1, pending = 3 WHERE account_id = '{account}'");

        var drifts = await new LedgerCheck(_credits.Database).FindAsync(NanoUsd.Zero, Ct);

        Assert.Contains(drifts, drift => drift.Invariant.StartsWith("I1 posted", StringComparison.Ordinal) && drift is { Difference: 1 } && drift.Subject == account);
        Assert.Contains(drifts, drift => drift.Invariant.StartsWith("I2", StringComparison.Ordinal) && drift is { Difference: 3 } && drift.Subject == account);
        Assert.Contains(drifts, drift => drift.Invariant.StartsWith("I12", StringComparison.Ordinal) && drift.Difference == 1);
    }

    private static (LedgerStatus, string?) Answer(LedgerReply reply) => (reply.Status, reply.Detail);
}
