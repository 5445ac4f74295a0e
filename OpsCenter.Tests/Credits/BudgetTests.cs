using OpsCenter.Contracts;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>What budgets and plans let through, whom they count, and when they begin anew.</summary>
public sealed class BudgetTests(TestPostgres postgres) : IAsyncLifetime
{
    private const int Price = 1_000;

    private CreditsService _credits = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _credits = await CreditsService.StartAsync(postgres);

    public ValueTask DisposeAsync() => _credits.DisposeAsync();

    [Fact]
    public async Task Monthly_budget_caps_enforced()
    {
        var account = await _credits.AccountWithAsync(1_000);
        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Month, 100);
        var id = Some.Id();

        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(id, account, 100)));
        Assert.Equal((LedgerStatus.BudgetExceeded, "account month"), Answer(await _credits.ApplyAsync(Some.Reserve(Some.Id(), account, 1))));
        await _credits.ApplyAsync(Some.Settle(id, account, 60));
        Assert.Equal(LedgerStatus.BudgetExceeded, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 41)));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 40)));

        var budget = Assert.Single(await _credits.Budgets.GetBudgetsAsync(account, Ct));
        Assert.Equal((new NanoUsd(60), new NanoUsd(40)), (budget.Used, budget.Held));
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>F12 on a budget: what is left of it admits exactly as many as it pays for.</summary>
    [Fact]
    public async Task A_thousand_requests_at_once_spend_the_rest_of_a_budget_and_no_more()
    {
        var key = Some.Id();
        var account = await _credits.AccountWithAsync(1_000_000 * Price);
        await SetAsync(account, BudgetScope.Key, key, BudgetPeriod.Day, 37 * Price);

        var replies = await Task.WhenAll(Enumerable.Range(0, 1_000)
            .Select(_ => _credits.ApplyAsync(Some.Reserve(Some.Id(), account, Price) with { KeyId = key })));

        Assert.Equal(37, replies.Count(reply => reply.Status is LedgerStatus.Ok));
        Assert.Equal(963, replies.Count(reply => reply is { Status: LedgerStatus.BudgetExceeded, Detail: "key day" }));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_budget_bounds_its_own_key_or_user_and_nobody_else()
    {
        var (key, user) = (Some.Id(), Some.Id());
        var account = await _credits.AccountWithAsync(1_000);
        await SetAsync(account, BudgetScope.Key, key, BudgetPeriod.Month, 10);
        await SetAsync(account, BudgetScope.User, user, BudgetPeriod.Day, 20);

        Assert.Equal("key month", (await _credits.ApplyAsync(Some.Reserve(Some.Id(), account, 11) with { KeyId = key, UserId = user })).Detail);
        Assert.Equal("user day", (await _credits.ApplyAsync(Some.Reserve(Some.Id(), account, 21) with { UserId = user })).Detail);
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 21) with { KeyId = Some.Id() }));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task An_extension_needs_room_in_the_budget_and_every_ending_gives_back()
    {
        var account = await _credits.AccountWithAsync(1_000);
        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Day, 100);
        var (settled, released, lost) = (Some.Id(), Some.Id(), Some.Id());
        await _credits.ApplyAsync(Some.Reserve(settled, account, 30));
        await _credits.ApplyAsync(Some.Reserve(released, account, 30));
        await _credits.ApplyAsync(Some.Reserve(lost, account, 30));

        Assert.Equal((LedgerStatus.BudgetExceeded, "account day"), Answer(await _credits.ApplyAsync(Some.Extend(lost, account, 11, observed: 5))));
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Extend(lost, account, 10)));
        await _credits.ApplyAsync(Some.Settle(settled, account, 10));
        await _credits.ApplyAsync(new Release(released, account));
        await _credits.LetLeasesRunOutAsync();
        await _credits.SweepAsync();
        Assert.Equal((new NanoUsd(15), NanoUsd.Zero), await SpentAsync(account));

        // The lost one reports after all.
        await _credits.ApplyAsync(Some.Settle(lost, account, 25));
        Assert.Equal((new NanoUsd(35), NanoUsd.Zero), await SpentAsync(account));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_budget_set_in_the_middle_of_its_period_knows_what_was_spent_before()
    {
        var account = await _credits.AccountWithAsync(1_000);
        var running = Some.Id();
        await _credits.ApplyAsync(Some.Settle(Some.Id(), account, 70));
        await _credits.ApplyAsync(Some.Reserve(running, account, 20));

        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Month, 100);

        Assert.Equal((new NanoUsd(70), new NanoUsd(20)), await SpentAsync(account));
        Assert.Equal(LedgerStatus.BudgetExceeded, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 11)));
        await _credits.ApplyAsync(Some.Settle(running, account, 20));
        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Month, 101);
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 11)));
        await _credits.AssertNoDriftAsync();
    }

    /// <summary>F18: use belongs to the period in which the request began, however late it is settled.</summary>
    [Fact]
    public async Task A_request_that_began_yesterday_is_charged_to_yesterday()
    {
        var account = await _credits.AccountWithAsync(1_000);
        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Day, 100);
        var id = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(id, account, 100));
        await _credits.ExecuteAsync("UPDATE credit_reservations SET day = day - 1; UPDATE credit_budgets SET starts_on = starts_on - 1");

        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 100)));
        await _credits.ApplyAsync(Some.Settle(id, account, 80));

        Assert.Equal((NanoUsd.Zero, new NanoUsd(100)), await SpentAsync(account));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task An_alert_is_raised_once_a_period()
    {
        var account = await _credits.AccountWithAsync(1_000);
        await SetAsync(account, BudgetScope.Account, account, BudgetPeriod.Month, 100);

        await _credits.ApplyAsync(Some.Settle(Some.Id(), account, 79));
        Assert.Equal(0L, await AlertsAsync());
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _credits.ApplyAsync(Some.Settle(Some.Id(), account, 1))));

        Assert.Equal(1L, await AlertsAsync());
        Assert.True(Assert.Single(await _credits.Budgets.GetBudgetsAsync(account, Ct)).Alerted);
    }

    [Fact]
    public async Task A_plan_caps_the_month_and_an_edit_is_for_new_requests_only()
    {
        var account = await _credits.AccountWithAsync(1_000);
        var starter = (await _credits.Plans.GetPlansAsync(Ct)).Single(plan => plan.Terms.Tier is Tier.Starter);
        await _credits.Plans.SetPlanAsync(starter.Terms with { MonthlyCap = new NanoUsd(100) }, Ct);
        var running = Some.Id();
        await _credits.ApplyAsync(Some.Reserve(running, account, 60) with { Tier = Tier.Starter });

        Assert.Equal((LedgerStatus.BudgetExceeded, "plan month"), Answer(await _credits.ApplyAsync(Some.Reserve(Some.Id(), account, 41) with { Tier = Tier.Starter })));
        var edited = await _credits.Plans.SetPlanAsync(starter.Terms with { MonthlyCap = new NanoUsd(50) }, Ct);
        Assert.Equal(3, edited.Version);
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Extend(running, account, 40)));
        Assert.Equal(LedgerStatus.BudgetExceeded, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 1) with { Tier = Tier.Starter }));
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task The_plans_begin_with_the_published_limits_and_a_free_account_spends_what_it_bought()
    {
        var plans = (await _credits.Plans.GetPlansAsync(Ct)).Select(plan => plan.Terms).ToList();

        Assert.Equal(
            [(Tier.Free, 10, 10_000, 1, "0"), (Tier.Starter, 100, 100_000, 5, "50"), (Tier.Professional, 500, 500_000, 20, "200"), (Tier.Enterprise, 2_000, 2_000_000, 100, "1000")],
            plans.Select(plan => (plan.Tier, plan.RequestsPerMinute, plan.TokensPerMinute, plan.Parallel, plan.MonthlyCap.ToString())));
        var account = await _credits.AccountWithAsync(100);
        Assert.Equal(LedgerStatus.Ok, await _credits.StatusOfAsync(Some.Reserve(Some.Id(), account, 100) with { Tier = Tier.Free }));
    }

    [Fact]
    public async Task A_plan_bounds_how_many_requests_hold_credit_at_once()
    {
        var account = await _credits.AccountWithAsync(1_000);
        var free = (await _credits.Plans.GetPlansAsync(Ct)).Single(plan => plan.Terms.Tier is Tier.Free);
        await _credits.Plans.SetPlanAsync(free.Terms with { MaxOpenHolds = 2 }, Ct);

        var replies = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => _credits.ApplyAsync(Some.Reserve(Some.Id(), account, 1) with { Tier = Tier.Free })));

        Assert.Equal(2, replies.Count(reply => reply.Status is LedgerStatus.Ok));
        Assert.Equal(3, replies.Count(reply => reply is { Status: LedgerStatus.BudgetExceeded, Detail: "open holds" }));
        await _credits.AssertNoDriftAsync();
    }

    private Task<bool> SetAsync(Guid account, BudgetScope scope, Guid id, BudgetPeriod period, long cap) =>
        _credits.Budgets.SetBudgetAsync(account, new BudgetLimit(scope, id, period, new NanoUsd(cap)), Ct);

    private async Task<(NanoUsd Used, NanoUsd Held)> SpentAsync(Guid account)
    {
        var budget = Assert.Single(await _credits.Budgets.GetBudgetsAsync(account, Ct));
        return (budget.Used, budget.Held);
    }

    private async Task<object?> AlertsAsync()
    {
        await using var command = _credits.Database.CreateCommand("SELECT count(*) FROM outbox WHERE topic = 'budget_alert'");
        return await command.ExecuteScalarAsync(Ct);
    }

    private static (LedgerStatus, string?) Answer(LedgerReply reply) => (reply.Status, reply.Detail);
}
