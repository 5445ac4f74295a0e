using System.Diagnostics;
using System.Globalization;
using OpsCenter.Benchmarks.Training;
using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Routing.Analysis;
using OpsCenter.Routing.Planning;

namespace OpsCenter.Benchmarks;

/// <summary>
/// How well the router reads and chooses, beside what any router has to beat, and how long one decision takes over 200
/// candidates: reading the task and planning the chain, on one thread. <c>router [DATA]</c>.
/// </summary>
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
        var data = new RouterData(args.ElementAtOrDefault(0) ?? "../shared/data/router");
        var prompts = data.Labelled();
        Console.WriteLine($"weights {TaskDetector.WeightsVersion[..12]}, {prompts.Count} labelled prompts");
        var tasks = TaskFigures.Measure(prompts);
        var pair = PairFigures.Measure(data.WeakAndStrong());
        var (scored, prices) = data.NineModels();
        var fleet = FleetFigures.Measure(scored, prices);
        var robust = RobustnessFigures.Measure(prompts);
        var allocated = ClassifyBytes();
        var (median, slow) = DecisionTimes();

        Console.WriteLine();
        Console.WriteLine($"{"",-22} {"task cv",9} {"task loso",9} {"code F1",9} {"APGR",9} {"CPT50",9} {"CPT80",9} {"gain",9} {"saving",9}");
        Row("random", new TaskFigures(1.0 / 8, 1.0 / 8, double.NaN, double.NaN), pair.Random, fleet.Random);
        Row("length only", tasks.Length, pair.Length, fleet.Length);
        Row("keyword rules", tasks.Keywords, pair.Keywords, fleet.Keywords);
        Row("best single", tasks.Majority, null, new FleetFigure(0, 0));
        Row("oracle", new TaskFigures(1, 1, 1, 0), pair.Oracle, fleet.Oracle);
        Row("ours", tasks.Ours, pair.Ours, fleet.Ours);
        Row("ours, eight tasks", null, null, fleet.Shipped);
        Console.WriteLine();

        Print("decision_p50_us", median, "0.0");
        Print("decision_p99_us", slow, "0.0");
        Print("classify_bytes_allocated", allocated, "0");
        Print("mmlu_apgr", pair.Ours.Apgr, "0.000");
        Print("task_accuracy_cv", tasks.Ours.Cv, "0.000");
        Print("task_accuracy_leave_source_out", tasks.Ours.SourceOut, "0.000");
        Print("code_f1", tasks.Ours.CodeF1, "0.000");
        Print("calibration_error", tasks.Ours.CalibrationError, "0.000");
        Print("llmrouter_gain_over_best_single", fleet.Ours.Gain, "0.000");
        Print("llmrouter_saving_at_equal_quality", fleet.Ours.Saving, "0.000");
        Print("leave_task_out_gain", fleet.LeaveTaskOutGain, "0.000");
        Print("unchanged_under_typos", robust.Typos, "0.000");
        Print("unchanged_under_case", robust.Case, "0.000");
    }

    private static long ClassifyBytes()
    {
        var requests = Prompts.Select(RouterData.Facts).ToArray();
        foreach (var facts in requests)
            TaskDetector.Read(facts);
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var facts in requests)
            TaskDetector.Read(facts);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static (double Median, double Slow) DecisionTimes()
    {
        var catalog = BuildCatalog();
        var moment = new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero);
        var requests = Prompts.Select(RouterData.Facts).ToArray();
        var levels = Enum.GetValues<PowerLevel>();
        var ticks = new long[Measured];
        for (var i = -WarmUp; i < Measured; i++)
        {
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

        Array.Sort(ticks);
        return (Microseconds(ticks[Measured / 2]), Microseconds(ticks[Measured * 99 / 100]));
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

    private static void Row(string name, TaskFigures? tasks, PairCurve? pair, FleetFigure? fleet) =>
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-22} {Cell(tasks?.Cv, "0.000"),9} {Cell(tasks?.SourceOut, "0.000"),9} {Cell(tasks?.CodeF1, "0.000"),9} {Cell(pair?.Apgr, "0.000"),9} {Cell(pair?.Cpt50, "0.0"),9} {Cell(pair?.Cpt80, "0.0"),9} {Cell(fleet?.Gain, "0.000"),9} {Cell(fleet?.Saving, "0.000"),9}"));

    private static string Cell(double? value, string format) =>
        value is { } number && double.IsFinite(number) ? number.ToString(format, CultureInfo.InvariantCulture) : "-";

    private static void Print(string name, double value, string format) =>
        Console.WriteLine($"{name} = {value.ToString(format, CultureInfo.InvariantCulture)}");
}
