using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using OpsCenter.Contracts;
using OpsCenter.Standalone;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>What stays true when something else does not: the server, the queue, the process, the customer.</summary>
public sealed class LedgerOutageTests(TestPostgres postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>MON-3: what was acknowledged is on disk, whenever the power goes.</summary>
    [Fact]
    public async Task No_acknowledged_settlement_is_lost_when_the_server_dies()
    {
        const string Database = "credits";
        var folder = Directory.CreateTempSubdirectory("opscenter-outage-");
        var acknowledged = new ConcurrentBag<LedgerCommand>();
        try
        {
            await using (var server = await EmbeddedPostgres.StartAsync(folder.FullName, _ => { }, [], Ct))
            await using (var credits = await CreditsService.StartAsync(server.ConnectionString(Database), TimeProvider.System))
            {
                var accounts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => credits.AccountWithAsync(1_000_000_000)));
                await Task.WhenAll(Enumerable.Range(0, 32).Select(caller => SettleUntilRefusedAsync(credits, accounts[caller % 5], server)));
            }

            await using var again = await RestartAsync(folder.FullName);
            await using var restarted = await CreditsService.StartAsync(again.ConnectionString(Database), TimeProvider.System);

            var replies = await Task.WhenAll(acknowledged.Select(restarted.StatusOfAsync));
            Assert.True(replies.Length >= 2_000);
            Assert.All(replies, status => Assert.Equal(LedgerStatus.Duplicate, status));
            await restarted.LetLeasesRunOutAsync();
            await restarted.SweepAsync();
            await restarted.AssertNoDriftAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        async Task SettleUntilRefusedAsync(CreditsService credits, Guid account, EmbeddedPostgres server)
        {
            try
            {
                while (true)
                {
                    var id = Some.Id();
                    await credits.ApplyAsync(Some.Reserve(id, account, 100));
                    var settle = Some.Settle(id, account, 70);
                    await credits.ApplyAsync(settle);
                    acknowledged.Add(settle);
                    if (acknowledged.Count == 2_000)
                        server.Kill();
                }
            }
            catch (CreditsUnavailableException)
            {
                // What every caller hears from then on.
            }
        }
    }

    /// <summary>MON-5: nobody knows whether a broken transaction was committed, so it is asked again by its natural keys.</summary>
    [Fact]
    public async Task A_broken_connection_is_mended_and_nothing_is_charged_twice()
    {
        const int Callers = 20;
        const int Pairs = 40;
        await using var credits = await CreditsService.StartAsync(postgres);
        var account = await credits.AccountWithAsync(1_000_000);

        var work = Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (var pair = 0; pair < Pairs; pair++)
            {
                var id = Some.Id();
                await credits.ApplyAsync(Some.Reserve(id, account, 100));
                var settled = await credits.StatusOfAsync(Some.Settle(id, account, 70));
                Assert.True(settled is LedgerStatus.Ok or LedgerStatus.Duplicate, $"{settled}");
            }
        }));
        for (var cut = 0; cut < 5; cut++)
        {
            // An answer shows that the lanes are connected, so there is something to cut.
            await credits.ApplyAsync(Some.Heartbeat(Some.Id(), account, 1));
            await credits.ExecuteAsync(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        }

        await work;
        var balance = await credits.BalanceAsync(account);
        Assert.Equal(NanoUsd.Zero, balance.Held);
        Assert.Equal(new NanoUsd(1_000_000 - Callers * Pairs * 70), balance.Posted);
        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once_and_answers_what_it_took()
    {
        await using var credits = await CreditsService.StartAsync(postgres, ("Credits:Ledger:Lanes", "1"), ("Credits:Ledger:QueueSize", "10"));
        var account = await credits.AccountWithAsync(1_000);
        var asked = new List<Task<LedgerReply>>();

        await using (await credits.LockAsync(account))
        {
            // At most the queue and one batch that waits for the lock.
            while (asked.All(task => !task.IsFaulted))
                asked.Add(credits.ApplyAsync(Some.Reserve(Some.Id(), account, 1)));
        }

        var refusal = await Assert.ThrowsAsync<CreditsUnavailableException>(() => asked[^1]);
        Assert.Contains("backpressure", refusal.Message, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(asked[..^1]), reply => Assert.Equal(LedgerStatus.Ok, reply.Status));
        Assert.InRange(asked.Count, 11, 21);
        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task A_ledger_that_stops_answers_what_it_took_and_takes_no_more()
    {
        await using var credits = await CreditsService.StartAsync(postgres);
        var account = await credits.AccountWithAsync(1_000);
        Task<LedgerReply>[] asked;
        Task stopped;

        await using (await credits.LockAsync(account))
        {
            asked = [.. Enumerable.Range(0, 50).Select(_ => credits.ApplyAsync(Some.Settle(Some.Id(), account, 1)))];
            stopped = credits.Ledger.StopAsync(Ct);
            await Assert.ThrowsAsync<CreditsUnavailableException>(() => credits.ApplyAsync(Some.Settle(Some.Id(), account, 1)));
        }

        await stopped;
        Assert.All(await Task.WhenAll(asked), reply => Assert.Equal(LedgerStatus.Late, reply.Status));
        Assert.Equal(new NanoUsd(950), (await credits.BalanceAsync(account)).Posted);
        await credits.AssertNoDriftAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task Abandoned_holds_end_without_anybody_asking()
    {
        var time = new FakeTimeProvider();
        await using var credits = await CreditsService.StartAsync(
            postgres.NewDatabase("credits"), time, ("Credits:Ledger:SweepPeriod", "00:00:01"));
        var account = await credits.AccountWithAsync(100);
        await credits.ApplyAsync(Some.Reserve(Some.Id(), account, 60));
        await credits.LetLeasesRunOutAsync();

        while ((await credits.BalanceAsync(account)).Held > NanoUsd.Zero)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task Two_replicas_that_sweep_at_once_end_each_hold_once()
    {
        var database = postgres.NewDatabase("credits");
        await using var one = await CreditsService.StartAsync(database, TimeProvider.System);
        await using var two = await CreditsService.StartAsync(database, TimeProvider.System);
        var account = await one.AccountWithAsync(100_000);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            var id = Some.Id();
            await one.ApplyAsync(Some.Reserve(id, account, 100));
            await one.ApplyAsync(Some.Heartbeat(id, account, 30));
        }));

        await one.LetLeasesRunOutAsync();
        var ended = await Task.WhenAll(one.SweepAsync(), two.SweepAsync());

        // What one replica has locked the other passes over, so the rest is for the next sweep.
        Assert.Equal(100, ended.Sum() + await one.SweepAsync());
        Assert.Equal(new NanoUsd(97_000), (await one.BalanceAsync(account)).Available);
        await one.AssertNoDriftAsync();
    }

    /// <summary>The dead server's children take a moment to notice, and hold the folder until then.</summary>
    private static async Task<EmbeddedPostgres> RestartAsync(string folder)
    {
        while (true)
        {
            try
            {
                return await EmbeddedPostgres.StartAsync(folder, _ => { }, [], Ct);
            }
            catch (StandaloneException) when (!Ct.IsCancellationRequested)
            {
                await Task.Yield();
            }
        }
    }
}
