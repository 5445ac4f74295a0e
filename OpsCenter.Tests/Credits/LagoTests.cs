using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Sandbox;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>F13: whatever Lago does, it hears of each charge once, and of the exact amount.</summary>
public sealed class LagoTests(SharedHost shared, TestPostgres postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Lago_down_and_up_again_loses_nothing_and_doubles_nothing()
    {
        var lago = (await shared.HostAsync()).Services.GetRequiredService<Lago>();
        await using var credits = await StartAsync();
        var account = await credits.AccountWithAsync(1_000_000);

        lago.Away = true;
        await Task.WhenAll(Enumerable.Range(1, 250).Select(cost => credits.ApplyAsync(Some.Settle(Some.Id(), account, cost))));
        lago.BreakAfterCommit = 1;
        lago.Away = false;
        await DrainedAsync(credits);

        Assert.Equal(Enumerable.Range(1, 250).Sum(), Told(lago, account).Sum(told => told.Nano));
        Assert.Equal(250, Told(lago, account).Count);
        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_recovery_and_its_correction_add_up_to_the_cost()
    {
        var lago = (await shared.HostAsync()).Services.GetRequiredService<Lago>();
        await using var credits = await StartAsync();
        var account = await credits.AccountWithAsync(1_000);
        var id = Some.Id();
        await credits.ApplyAsync(Some.Reserve(id, account, 60));
        await credits.ApplyAsync(Some.Heartbeat(id, account, 30));
        await credits.LetLeasesRunOutAsync();
        await credits.SweepAsync();
        await credits.ApplyAsync(Some.Settle(id, account, 10));
        await DrainedAsync(credits);

        Assert.Equal([-20, 30], Told(lago, account).Select(told => told.Nano).Order());
        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task An_event_that_Lago_refuses_is_put_aside_and_the_others_of_its_batch_arrive()
    {
        var lago = (await shared.HostAsync()).Services.GetRequiredService<Lago>();
        await using var credits = await StartAsync();
        var account = await credits.AccountWithAsync(1_000);
        lago.Away = true;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => credits.ApplyAsync(Some.Settle(Some.Id(), account, 1))));
        await credits.ExecuteAsync(
            "UPDATE outbox SET payload = payload - 'external_subscription_id' WHERE id = (SELECT min(id) FROM outbox WHERE topic = 'lago')");
        lago.Away = false;
        await DrainedAsync(credits);

        Assert.Equal(9, Told(lago, account).Count);
        var letter = Assert.Single(await credits.Service<Outbox>().GetDeadAsync(OutboxMessage.Lago, 10, Ct));
        Assert.Contains("value_is_mandatory", letter.Error, StringComparison.Ordinal);

        await credits.ExecuteAsync(
            $"UPDATE outbox SET payload = payload || '{{\"external_subscription_id\": \"{account}\"}}' WHERE id = {letter.Id}");
        using var http = credits.NewClient();
        using var replayed = await http.PostAsync(new Uri(InternalPaths.DeadLettersReplay, UriKind.Relative), null, Ct);
        await DrainedAsync(credits);
        Assert.Equal(10, Told(lago, account).Count);
    }

    [Fact]
    public async Task Without_a_Lago_nothing_is_written_for_it()
    {
        await using var credits = await CreditsService.StartAsync(postgres);
        await credits.ApplyAsync(Some.Settle(Some.Id(), await credits.AccountWithAsync(100), 1));

        Assert.Equal(0, await credits.Service<Outbox>().CountWaitingAsync(OutboxMessage.Lago, Ct));
    }

    private async Task<CreditsService> StartAsync() => await CreditsService.StartAsync(
        postgres,
        ("Credits:Lago:Url", $"{(await shared.HostAsync()).Address}sandbox/lago/api/v1"),
        ("Credits:Lago:ApiKey", "key"),
        ("Credits:Lago:FirstPause", "00:00:00.05"));

    private static Task DrainedAsync(CreditsService credits) => OpsCenterHost.EventuallyAsync(
        async () => await credits.Service<Outbox>().CountWaitingAsync(OutboxMessage.Lago, Ct) == 0, "the outbox is empty");

    private static List<(string Id, long Nano)> Told(Lago lago, Guid account) =>
    [
        .. lago.Events
            .Where(told => (string)told["external_subscription_id"]! == account.ToString())
            .Select(told => (
                (string)told["transaction_id"]!,
                (long)(decimal.Parse((string)told["precise_total_amount_cents"]!, CultureInfo.InvariantCulture) * NanoUsd.PerCent))),
    ];
}
