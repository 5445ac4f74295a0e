using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>What a router makes of nine models: its gain over the best single one, and what it saves at equal quality.</summary>
internal readonly record struct FleetFigure(double Gain, double Saving);

/// <summary>
/// Nine models of LLMRouter, by two stages: a posterior over the source's own tasks, then the table of task and model, both
/// from the other folds. The guard: a reading that is not confident is routed to the best single model, and another one must
/// promise clearly more than that one.
/// </summary>
internal sealed record FleetFigures(
    FleetFigure Ours, FleetFigure Shipped, FleetFigure Length, FleetFigure Keywords, FleetFigure Random, FleetFigure Oracle, double LeaveTaskOutGain)
{
    private const int Models = 9;

    private const double LeastConfidence = 0.6;

    private const double LeastGain = 0.05;

    /// <summary>Answers are taken to be as long as this, in characters, when prices are compared.</summary>
    private const double AnswerLength = 1_000;

    public static FleetFigures Measure(List<ScoredPrompt> prompts, double[] prices)
    {
        var names = prompts.Select(prompt => prompt.Task).Distinct().Order(StringComparer.Ordinal).ToList();
        var tasks = prompts.ConvertAll(prompt => names.IndexOf(prompt.Task));
        var examples = prompts.ConvertAll(prompt => Example.Of(prompt.Text));
        var folds = Folds.Of([.. prompts.Select(prompt => (prompt.Text, ""))], RouterTrainer.FoldCount);

        var ours = new double[prompts.Count][];
        var shipped = new double[prompts.Count][];
        var length = new double[prompts.Count][];
        var keywords = new double[prompts.Count][];
        for (var fold = 0; fold < RouterTrainer.FoldCount; fold++)
        {
            var known = Rows(i => folds[i] != fold);
            var rest = Rows(i => folds[i] == fold);
            TwoStages(prompts, examples, tasks, names.Count, known, rest, ours);
            ByClass(prompts, known, rest, text => Baselines.LengthClass(text), length);
            ByClass(prompts, known, rest, text => (int)KeywordRules.Read(RouterData.Facts(text)), keywords);
            ByClass(prompts, known, rest, text => (int)TaskDetector.Read(RouterData.Facts(text)).Task, shipped);
        }

        var chance = new Chance(3);
        double[][] random = [.. prompts.Select(_ => Enumerable.Range(0, Models).Select(_ => (double)chance.Below(1_000) / 1_000).ToArray())];
        return new FleetFigures(
            Figure(prompts, prices, ours),
            Figure(prompts, prices, shipped),
            Figure(prompts, prices, length),
            Figure(prompts, prices, keywords),
            Figure(prompts, prices, random),
            Figure(prompts, prices, [.. prompts.Select(prompt => prompt.Scores)]),
            LeaveTasksOut(prompts, examples, tasks, names.Count));

        int[] Rows(Func<int, bool> isMeant) => [.. Enumerable.Range(0, prompts.Count).Where(isMeant)];
    }

    /// <summary>Whatever was learned, learned without the task that it is asked about.</summary>
    private static double LeaveTasksOut(List<ScoredPrompt> prompts, List<Example> examples, List<int> tasks, int count)
    {
        var predicted = new double[prompts.Count][];
        double single = 0;
        for (var task = 0; task < count; task++)
        {
            var known = Enumerable.Range(0, prompts.Count).Where(i => tasks[i] != task).ToArray();
            var rest = Enumerable.Range(0, prompts.Count).Where(i => tasks[i] == task).ToArray();
            var renamed = tasks.ConvertAll(each => each > task ? each - 1 : each);
            TwoStages(prompts, examples, renamed, count - 1, known, rest, predicted);
            var best = Best(Mean(prompts, known));
            single += rest.Sum(i => prompts[i].Scores[best]);
        }

        return Enumerable.Range(0, prompts.Count).Sum(i => prompts[i].Scores[Best(predicted[i])]) / single - 1;
    }

    private static void TwoStages(
        List<ScoredPrompt> prompts, List<Example> examples, List<int> tasks, int count, int[] known, int[] rest, double[][] predicted)
    {
        var trainer = RouterTrainer.LearnTasks([.. known.Select(i => examples[i])], [.. known.Select(i => tasks[i])], count, new LinearSettings());
        var table = Enumerable.Range(0, count).Select(task => Mean(prompts, [.. known.Where(i => tasks[i] == task)])).ToArray();
        var mean = Mean(prompts, known);
        var shares = new float[count];
        var single = Best(mean);
        foreach (var i in rest)
        {
            trainer.Predict(examples[i], shares);
            double[] quality = [.. mean];
            if (shares.Max() >= LeastConfidence)
            {
                for (var model = 0; model < Models; model++)
                    quality[model] = Enumerable.Range(0, count).Sum(task => shares[task] * table[task][model]);
            }

            quality[single] += LeastGain;
            predicted[i] = quality;
        }
    }

    private static void ByClass(List<ScoredPrompt> prompts, int[] known, int[] rest, Func<string, int> classOf, double[][] predicted)
    {
        var mean = Mean(prompts, known);
        var table = known.GroupBy(i => classOf(prompts[i].Text)).ToDictionary(group => group.Key, group => Mean(prompts, [.. group]));
        foreach (var i in rest)
            predicted[i] = table.GetValueOrDefault(classOf(prompts[i].Text), mean);
    }

    private static double[] Mean(List<ScoredPrompt> prompts, int[] rows) =>
        [.. Enumerable.Range(0, Models).Select(model => rows.Length == 0 ? 0 : rows.Average(i => prompts[i].Scores[model]))];

    /// <summary>
    /// The gain at the best quality; the saving is the most at which quality is still that of the best single model, over how
    /// much price may weigh (LLMRouterBench's CostSave).
    /// </summary>
    private static FleetFigure Figure(List<ScoredPrompt> prompts, double[] prices, double[][] predicted)
    {
        var all = Enumerable.Range(0, prompts.Count).ToArray();
        var means = Mean(prompts, all);
        var single = Best(means);
        var singleCost = all.Sum(i => Cost(single, i));
        var gain = all.Average(i => prompts[i].Scores[Best(predicted[i])]) / means[single] - 1;
        var saving = 0.0;
        var most = prices.Max();
        for (var weight = 0.0; weight < 1; weight += 0.005)
        {
            double quality = 0, cost = 0;
            foreach (var i in all)
            {
                var model = Best([.. predicted[i].Select((score, m) => score - weight * prices[m] / most)]);
                quality += prompts[i].Scores[model];
                cost += Cost(model, i);
            }

            if (quality / prompts.Count >= means[single])
                saving = Math.Max(saving, 1 - cost / singleCost);
        }

        return new FleetFigure(gain, saving);

        double Cost(int model, int i) => prices[model] * (prompts[i].Text.Length + AnswerLength);
    }

    private static int Best(double[] scores) => Array.IndexOf(scores, scores.Max());
}
