using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>MON-1 and MON-3: however many ask at once, and through however many replicas, only what is there is held.</summary>
public sealed class CreditReservationsPreventOverspendTests(TestPostgres postgres)
{
    private const int Price = 1_000;

    [Fact]
    public async Task Credit_reservations_prevent_overspend()
    {
        await using var credits = await CreditsService.StartAsync(postgres);
        var account = await credits.AccountWithAsync(37 * Price);

        var replies = await Task.WhenAll(Enumerable.Range(0, 1_000)
            .Select(_ => credits.ApplyAsync(Some.Reserve(Some.Id(), account, Price))));

        Assert.Equal(37, replies.Count(reply => reply.Status is LedgerStatus.Ok));
        Assert.Equal(963, replies.Count(reply => reply.Status is LedgerStatus.InsufficientCredits));
        Assert.Equal(new NanoUsd(37 * Price), (await credits.BalanceAsync(account)).Held);
        await credits.AssertNoDriftAsync();
    }

    /// <summary>In many small transactions, so that the replicas meet at the account's lock again and again.</summary>
    [Fact]
    public async Task Credit_reservations_prevent_overspend_through_two_replicas()
    {
        var database = postgres.NewDatabase("credits");
        await using var one = await CreditsService.StartAsync(database, TimeProvider.System);
        await using var two = await CreditsService.StartAsync(database, TimeProvider.System);
        var account = await one.AccountWithAsync(1_000 * Price);

        var admitted = await Task.WhenAll(Enumerable.Range(0, 20).Select(async caller =>
        {
            var replica = caller % 2 == 0 ? one : two;
            var holds = 0;
            while (await replica.StatusOfAsync(Some.Reserve(Some.Id(), account, Price)) is LedgerStatus.Ok)
                holds++;
            return holds;
        }));

        Assert.Equal(1_000, admitted.Sum());
        Assert.Equal(NanoUsd.Zero, (await two.BalanceAsync(account)).Available);
        await one.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_request_sent_through_two_replicas_at_once_is_held_and_charged_once()
    {
        var database = postgres.NewDatabase("credits");
        await using var one = await CreditsService.StartAsync(database, TimeProvider.System);
        await using var two = await CreditsService.StartAsync(database, TimeProvider.System);
        var account = await one.AccountWithAsync(100 * Price);
        var requests = Enumerable.Range(0, 50).Select(_ => Some.Id()).ToArray();

        var holds = await BothAsync(id => Some.Reserve(id, account, Price));
        var charges = await BothAsync(id => Some.Settle(id, account, Price / 2));

        Assert.All(holds, AssertOkAndDuplicate);
        Assert.All(charges, AssertOkAndDuplicate);
        Assert.Equal(new NanoUsd(75 * Price), (await two.BalanceAsync(account)).Available);
        await one.AssertNoDriftAsync();

        Task<LedgerReply[][]> BothAsync(Func<Guid, LedgerCommand> command) => Task.WhenAll(requests.Select(id =>
            Task.WhenAll(one.ApplyAsync(command(id)), two.ApplyAsync(command(id)))));
    }

    [Fact]
    public async Task An_account_opened_through_two_replicas_at_once_is_one_account()
    {
        var database = postgres.NewDatabase("credits");
        await using var one = await CreditsService.StartAsync(database, TimeProvider.System);
        await using var two = await CreditsService.StartAsync(database, TimeProvider.System);
        var account = Some.Id();

        await Task.WhenAll(
            one.ApplyAsync(new Post(Some.Id(), account, PostKind.Purchase, new NanoUsd(5))),
            two.ApplyAsync(new Post(Some.Id(), account, PostKind.Grant, new NanoUsd(7))));

        Assert.Equal(new NanoUsd(12), (await one.BalanceAsync(account)).Posted);
        await one.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_request_id_belongs_to_the_first_account_that_used_it()
    {
        await using var credits = await CreditsService.StartAsync(postgres);
        var accounts = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => credits.AccountWithAsync(Price)));
        var id = Some.Id();

        // Different lanes, so the losers find out by the key of the table.
        var replies = await Task.WhenAll(accounts.Select(account => credits.ApplyAsync(Some.Reserve(id, account, Price))));

        Assert.Single(replies, reply => reply.Status is LedgerStatus.Ok);
        Assert.Equal(7, replies.Count(reply => reply is { Status: LedgerStatus.Conflict, Detail: LedgerFields.AccountId }));
        await credits.AssertNoDriftAsync();
    }

    private static void AssertOkAndDuplicate(LedgerReply[] replies) =>
        Assert.Equal([LedgerStatus.Ok, LedgerStatus.Duplicate], replies.Select(reply => reply.Status).Order());
}
