using CsCheck;
using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>
/// Random stories of three accounts and five requests, told to the ledger and to the oracle. A failure prints the seed that
/// brings it back. (MON-1, MON-3, MON-4)
/// </summary>
public sealed class LedgerModelTests(TestPostgres postgres)
{
    private const int Accounts = 3;
    private const int Requests = 5;

    /// <summary>Little, so that stories reach it: a recovery written off and corrected later is where a ledger goes wrong.</summary>
    private const long Overshoot = 30;

    private const long AccountCap = 90;
    private const long KeyCap = 40;

    private static readonly Gen<Step[]> Story = Gen.Select(
            Gen.Int[0, 19], Gen.Int[0, Requests - 1], Gen.Int[0, 11], Gen.Int[0, 40], Gen.Int[0, 40],
            (action, request, stranger, amount, observed) => new Step(action, request, stranger, amount, observed))
        .Array[1, 60];

    [Fact]
    public void Rules_and_oracle_agree_on_every_reply_and_every_balance() =>
        Story.Sample(
            story =>
            {
                var names = new Names();
                var oracle = names.NewOracle();
                var state = new LedgerState(DateTimeOffset.UnixEpoch, new LedgerTerms(new NanoUsd(Overshoot)));
                foreach (var (account, limit) in names.Budgets)
                {
                    state.Know(new Limit
                    {
                        AccountId = account,
                        ScopeKind = limit.Scope,
                        ScopeId = limit.ScopeId,
                        Period = limit.Period,
                        Cap = limit.Cap,
                        AlertPercent = limit.AlertPercent,
                    });
                }

                foreach (var step in story)
                {
                    if (step.IsSweep)
                    {
                        oracle.LetLeasesRunOut();
                        foreach (var id in names.Requests)
                        {
                            if (state.Hold(id) is { State: HoldState.Open } hold)
                                hold.ExpiresAt = state.Now;
                        }
                    }

                    foreach (var command in step.Commands(names))
                        Assert.Equal(oracle.Apply(command), LedgerRules.Apply(state, command));
                }

                foreach (var account in oracle.Accounts)
                {
                    Assert.Equal(oracle.Posted(account), state.Account(account)!.Posted.Value);
                    Assert.Equal(oracle.Held(account), state.Account(account)!.Pending.Value);
                    Assert.Equal(oracle.Posted(account), state.Entries.Where(entry => entry.AccountId == account).Sum(entry => entry.SignedAmount.Value));
                    Assert.Equal(oracle.Spent(account, null).Used, state.Hours.Where(hour => hour.Key.AccountId == account).Sum(hour => hour.Value.Cost.Value));
                }

                foreach (var budget in state.ChangedBudgets)
                {
                    Assert.Equal(
                        oracle.Spent(budget.AccountId, budget.ScopeKind is BudgetScope.Key ? budget.ScopeId : null),
                        (budget.Used.Value, budget.Pending.Value));
                }
            },
            iter: 5_000);

    [Theory]
    [InlineData(1)]
    [InlineData(1_024)]
    public async Task Postgres_and_oracle_agree_whatever_the_batches(int batchSize)
    {
        await using var credits = await CreditsService.StartAsync(
            postgres,
            ("Credits:Ledger:Lanes", "1"),
            ("Credits:Ledger:BatchSize", $"{batchSize}"),
            ("Credits:Ledger:MaxOvershootUsd", "0.00000003"),
            ("Credits:Lago:Url", "http://127.0.0.1:9/api/v1"),
            ("Credits:Lago:ApiKey", "nobody listens"));

        await Story.SampleAsync(
            async story =>
            {
                var names = new Names();
                var oracle = names.NewOracle();
                var expected = new List<LedgerReply>();
                var asked = new List<Task<LedgerReply>>();
                foreach (var account in names.Accounts)
                {
                    var opening = new Post(Some.Id(), account, PostKind.Grant, new NanoUsd(20));
                    expected.Add(oracle.Apply(opening));
                    asked.Add(credits.ApplyAsync(opening));
                    await asked[^1];
                }

                foreach (var (account, limit) in names.Budgets)
                    Assert.True(await credits.Budgets.SetBudgetAsync(account, limit, TestContext.Current.CancellationToken));

                foreach (var step in story)
                {
                    if (step.IsSweep)
                    {
                        oracle.LetLeasesRunOut();
                        await Task.WhenAll(asked);
                        await credits.LetLeasesRunOutAsync();
                    }

                    // Not awaited one by one: they queue in this order and share transactions.
                    foreach (var command in step.Commands(names))
                    {
                        expected.Add(oracle.Apply(command));
                        asked.Add(credits.ApplyAsync(command));
                    }
                }

                Assert.Equal(expected, await Task.WhenAll(asked));
                foreach (var account in oracle.Accounts)
                {
                    var balance = await credits.BalanceAsync(account);
                    Assert.Equal(oracle.Posted(account), balance.Posted.Value);
                    Assert.Equal(oracle.Held(account), balance.Held.Value);
                }
            },
            iter: 100,
            threads: 1);

        await credits.LetLeasesRunOutAsync();
        await credits.SweepAsync();
        // Refunds may bring a balance further down than requests may.
        await credits.AssertNoDriftAsync(overshoot: 60 * 40);
    }

    /// <param name="Action">Which command, weighted.</param>
    /// <param name="Request">Which request.</param>
    /// <param name="Stranger">One in twelve names an account that the request does not belong to.</param>
    /// <param name="Amount">In nano-USD.</param>
    /// <param name="Observed">In nano-USD.</param>
    private sealed record Step(int Action, int Request, int Stranger, int Amount, int Observed)
    {
        public bool IsSweep => Action >= 17;

        public IEnumerable<LedgerCommand> Commands(Names names)
        {
            var id = names.Requests[Request];
            var account = names.Accounts[(Request + (Stranger == 0 ? 1 : 0)) % Accounts];
            // Few different amounts, so that a repeated command is sometimes a duplicate and sometimes a conflict.
            var price = Amount / 14 * 10;
            return Action switch
            {
                < 3 => [new Post(names.Payments[Request], account, Amount % 2 == 0 ? PostKind.Purchase : PostKind.Refund, new NanoUsd(price * 3 - 10))],
                < 8 => [Some.Reserve(id, account, price) with { KeyId = names.KeyOf(Request) }],
                < 9 => [Some.Extend(id, account, price, Observed)],
                < 11 => [Some.Heartbeat(id, account, Observed)],
                < 15 => [Some.Settle(id, account, price) with { Usage = Some.Usage() with { KeyId = names.KeyOf(Request) } }],
                < 16 => [new Release(id, account)],
                16 => [new Recover(id, account)],
                _ => names.Requests.Select((request, i) => new Recover(request, names.Accounts[i % Accounts])),
            };
        }
    }

    private sealed class Names
    {
        public Guid[] Accounts { get; } = [.. Enumerable.Range(0, LedgerModelTests.Accounts).Select(_ => Some.Id())];

        public Guid[] Requests { get; } = [.. Enumerable.Range(0, LedgerModelTests.Requests).Select(_ => Some.Id())];

        private readonly Guid _key = Some.Id();

        /// <summary>The first account is bounded as a whole, the second by its key, the third not at all.</summary>
        public (Guid Account, BudgetLimit Limit)[] Budgets =>
        [
            (Accounts[0], new BudgetLimit(BudgetScope.Account, Accounts[0], BudgetPeriod.Month, new NanoUsd(AccountCap))),
            (Accounts[1], new BudgetLimit(BudgetScope.Key, _key, BudgetPeriod.Day, new NanoUsd(KeyCap), AlertPercent: 50)),
        ];

        public Guid? KeyOf(int request) => request < 3 ? _key : null;

        public LedgerOracle NewOracle()
        {
            var oracle = new LedgerOracle(Overshoot);
            oracle.SetBudget(Accounts[0], null, AccountCap, "account month");
            oracle.SetBudget(Accounts[1], _key, KeyCap, "key day");
            return oracle;
        }

        public Guid[] Payments { get; } = [.. Enumerable.Range(0, LedgerModelTests.Requests).Select(_ => Some.Id())];
    }
}
