using System.Globalization;
using OpsCenter.Benchmarks.Training;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks;

/// <summary>
/// Scores anyone's prompts with per-model correctness: <c>route-eval FILE [WEAK STRONG]</c>. The harder the router takes a
/// prompt to be, the sooner the strong model gets it; nothing is learned from the file.
/// </summary>
internal static class RouteEvaluation
{
    private const string Usage = "route-eval FILE [WEAK STRONG]: a .csv or .jsonl file with a column prompt and one column a model.";

    /// <returns>The exit code: 1 when the file or the names cannot be used, which is said on the error stream.</returns>
    public static int Run(string[] args)
    {
        if (args.Length is not (1 or 3))
        {
            Console.Error.WriteLine(Usage);
            return 1;
        }

        try
        {
            Report(ScoredTable.Read(args[0]), args.ElementAtOrDefault(1), args.ElementAtOrDefault(2));
            return 0;
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(fault.Message);
            return 1;
        }
    }

    private static void Report(ScoredTable table, string? weakName, string? strongName)
    {
        var means = table.Models.Select((_, model) => table.Rows.Average(row => row.Scores[model])).ToArray();
        for (var model = 0; model < means.Length; model++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.Models[model],-40} {means[model]:0.000} of {table.Rows.Count}"));

        var weakAt = weakName is null ? Array.IndexOf(means, means.Min()) : Find(table, weakName);
        var strongAt = strongName is null ? Array.IndexOf(means, means.Max()) : Find(table, strongName);
        if (means[strongAt] <= means[weakAt])
            throw new InvalidDataException($"{table.Models[strongAt]} is no better here than {table.Models[weakAt]}, so there is no gap to recover.");

        double[] weak = [.. table.Rows.Select(row => row.Scores[weakAt])];
        double[] strong = [.. table.Rows.Select(row => row.Scores[strongAt])];
        var chance = new Chance(1);
        Console.WriteLine();
        Console.WriteLine($"{"",-12} {"APGR",8} {"CPT50",8} {"CPT80",8}");
        Row("random", table.Rows.ConvertAll(_ => (double)chance.Below(int.MaxValue)));
        Row("length only", table.Rows.ConvertAll(row => (double)row.Prompt.Length));
        Row("ours", table.Rows.ConvertAll(row => Difficulty(row.Prompt)));

        void Row(string name, List<double> preference)
        {
            var curve = PairCurve.Of([.. preference], weak, strong);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {curve.Apgr,8:0.000} {curve.Cpt50,8:0.0} {curve.Cpt80,8:0.0}"));
        }
    }

    private static double Difficulty(string prompt)
    {
        TaskDetector.Judge(RouterData.Facts(prompt), RouterWeights.Shipped, out _, out var difficulty);
        return difficulty;
    }

    private static int Find(ScoredTable table, string name)
    {
        var at = Array.IndexOf(table.Models, name);
        return at >= 0 ? at : throw new InvalidDataException($"No model is named {name}; the models are {string.Join(", ", table.Models)}.");
    }
}
