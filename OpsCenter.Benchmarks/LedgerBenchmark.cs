using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Credits.Ledger;
using OpsCenter.ServiceDefaults;
using OpsCenter.Standalone;

namespace OpsCenter.Benchmarks;

/// <summary>
/// How fast the ledger holds and settles on this machine: a real Postgres that waits for the disk, callers that wait for
/// their replies. One pair is a reservation and its settlement.
/// </summary>
internal static class LedgerBenchmark
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(5);
    private static readonly NanoUsd Price = new(700_000);

    public static async Task RunAsync(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("opscenter-bench-");
        try
        {
            await using var postgres = await EmbeddedPostgres.StartAsync(folder.FullName, Console.WriteLine, [], CancellationToken.None);
            await RunAsync(postgres.ConnectionString(ResourceNames.CreditsDb));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(string database)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{ResourceNames.CreditsDb}"] = database,
            [InternalHttp.TokenKey] = new string('0', 32),
            ["urls"] = "http://127.0.0.1:0",
        });
        builder.AddServiceDefaults("ledger-benchmark");
        builder.AddCredits();
        await using var app = builder.Build();
        await app.StartAsync();

        var ledger = app.Services.GetRequiredService<CreditLedger>();
        var one = await OpenAsync(ledger, 1);
        var thousand = await OpenAsync(ledger, 1_000);
        await MeasureAsync(ledger, one, callers: 64, WarmUp);
        await MeasureAsync(ledger, thousand, callers: 256, WarmUp);

        var hot64 = await MeasureAsync(ledger, one, callers: 64, Phase);
        var hot256 = await MeasureAsync(ledger, one, callers: 256, Phase);
        var many = await MeasureAsync(ledger, thousand, callers: 256, Phase);
        var idle = await MeasureAsync(ledger, one, callers: 1, Phase);
        var drifts = await app.Services.GetRequiredService<LedgerCheck>().FindAsync(NanoUsd.Zero, CancellationToken.None);
        await app.StopAsync();

        Console.WriteLine();
        Console.WriteLine("| accounts | callers | pairs/s | pair p50 ms | pair p99 ms | reserve p50 ms |");
        Console.WriteLine("|--:|--:|--:|--:|--:|--:|");
        Print("1", 64, hot64);
        Print("1", 256, hot256);
        Print("1000", 256, many);
        Print("1", 1, idle);
        Console.WriteLine();
        Say($"hot_account_64_callers_pairs_per_s = {hot64.PairsPerSecond:0}");
        Say($"hot_account_64_callers_p99_ms = {hot64.PairP99:0.0}");
        Say($"hot_account_256_callers_pairs_per_s = {hot256.PairsPerSecond:0}");
        Say($"accounts_1000_callers_256_pairs_per_s = {many.PairsPerSecond:0}");
        Say($"reserve_idle_p50_ms = {idle.ReserveP50:0.00}");
        Say($"ledger_drifts = {drifts.Count}");
    }

    private static async Task<Guid[]> OpenAsync(CreditLedger ledger, int count)
    {
        var accounts = Enumerable.Range(0, count).Select(_ => Guid.CreateVersion7()).ToArray();
        await Task.WhenAll(accounts.Select(account => ledger.ApplyAsync(
            new Post(Guid.CreateVersion7(), account, PostKind.Purchase, NanoUsd.FromUsd(1_000_000)), CancellationToken.None)));
        return accounts;
    }

    private static async Task<Result> MeasureAsync(CreditLedger ledger, Guid[] accounts, int callers, TimeSpan duration)
    {
        var reserves = new ConcurrentBag<List<double>>();
        var pairs = new ConcurrentBag<List<double>>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            var random = new Random(caller);
            var (reserveTimes, pairTimes) = (new List<double>(), new List<double>());
            while (clock.Elapsed < duration)
            {
                var id = Guid.CreateVersion7();
                var account = accounts[random.Next(accounts.Length)];
                var began = Stopwatch.GetTimestamp();
                Expect(await ledger.ApplyAsync(new Reserve(id, account, null, Price, 60), CancellationToken.None));
                reserveTimes.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
                Expect(await ledger.ApplyAsync(new Settle(id, account, Price, ATypicalUsage), CancellationToken.None));
                pairTimes.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            reserves.Add(reserveTimes);
            pairs.Add(pairTimes);
        })));

        var took = clock.Elapsed;
        var sorted = pairs.SelectMany(times => times).Order().ToArray();
        return new Result(
            sorted.Length / took.TotalSeconds,
            sorted[sorted.Length / 2],
            sorted[sorted.Length * 99 / 100],
            reserves.SelectMany(times => times).Order().ElementAt(sorted.Length / 2));
    }

    private static Usage ATypicalUsage { get; } = new(
        Guid.CreateVersion7(), "openai", "gpt-5-mini", "balanced", "chat", new TokenCounts(812, 240), UsageSource.Provider, 200, true, false, 310, 2_400, 1, 1);

    private static void Expect(LedgerReply reply)
    {
        if (reply.Status is not LedgerStatus.Ok)
            throw new InvalidOperationException($"The ledger answered {reply.Status} where nothing was in the way.");
    }

    private static void Print(string accounts, int callers, Result result) =>
        Say($"| {accounts} | {callers} | {result.PairsPerSecond:0} | {result.PairP50:0.0} | {result.PairP99:0.0} | {result.ReserveP50:0.00} |");

    private static void Say(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed record Result(double PairsPerSecond, double PairP50, double PairP99, double ReserveP50);
}
