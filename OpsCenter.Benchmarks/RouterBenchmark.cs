using System.Diagnostics;
using System.Globalization;
using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Benchmarks;

/// <summary>How long one decision takes over 200 candidates: reading the task and planning the chain, on one thread.</summary>
public static class RouterBenchmark
{
    private const int Candidates = 200;
    private const int WarmUp = 20_000;
    private const int Measured = 200_000;

    private static readonly string[] Prompts =
    [
        "Write a Python function that merges two sorted lists.",
        "Translate \"Where is the train station?\" to Japanese",
        "Compare React and Vue for a large team: pros and cons of each, and which of the two you would take for a console with many forms.",
        "Hi! How are you today?",
        "If a train travels 60 km in 45 minutes, how long does it take for 100 km? Think step by step.",
    ];

    public static void Run(string[] args)
    {
        var catalog = BuildCatalog();
        var moment = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        var requests = Prompts.Select(prompt => new ChatFacts { LastUserText = prompt, EstimatedInputTokens = prompt.Length / 3, MessageCount = 1 }).ToArray();
        var levels = Enum.GetValues<PowerLevel>();
        var ticks = new long[Measured];
        long before = 0;

        for (var i = -WarmUp; i < Measured; i++)
        {
            if (i == 0)
                before = GC.GetAllocatedBytesForCurrentThread();
            var facts = requests[(i + WarmUp) % requests.Length];
            var level = levels[(i + WarmUp) % levels.Length];
            var start = Stopwatch.GetTimestamp();
            var query = new RouteQuery(
                null, level, Tier.Enterprise, TaskDetector.Read(facts), facts.EstimatedInputTokens, null,
                ModelCapabilities.None, PrivacyClass.Any, catalog.Upstreams);
            var plan = RoutePlanner.Plan(query, catalog, moment);
            var taken = Stopwatch.GetTimestamp() - start;
            if (plan.Chain.Count == 0)
                throw new InvalidOperationException(plan.Reason);
            if (i >= 0)
                ticks[i] = taken;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Array.Sort(ticks);
        Print("decision_p50_us", Microseconds(ticks[Measured / 2]));
        Print("decision_p99_us", Microseconds(ticks[Measured * 99 / 100]));
        Print("decision_bytes", (double)allocated / Measured);
    }

    /// <summary>The shipped offers, repeated under other names up to 200.</summary>
    private static Catalog BuildCatalog()
    {
        var shipped = CatalogueFile.LoadShipped().Offers.Where(offer => offer.Automatic).ToArray();
        var offers = Enumerable.Range(0, Candidates)
            .Select(i => shipped[i % shipped.Length] with { Id = $"{shipped[i % shipped.Length].Id}-{i}" })
            .ToArray();
        return new Catalog(new RouteSnapshot(1, DateTimeOffset.UnixEpoch, offers, [], []));
    }

    private static double Microseconds(long ticks) => ticks * 1_000_000.0 / Stopwatch.Frequency;

    private static void Print(string name, double value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} = {value:0.0}"));
}
