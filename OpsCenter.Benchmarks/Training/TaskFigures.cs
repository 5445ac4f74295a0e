using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>How well the task is read, by models that never saw the prompt, nor one like it, nor (the second time) its source.</summary>
internal sealed record TaskFigures(double Cv, double SourceOut, double CodeF1, double CalibrationError)
{
    private const int Bins = 15;

    public static (TaskFigures Ours, TaskFigures Keywords, TaskFigures Length, TaskFigures Majority) Measure(List<LabelledPrompt> prompts)
    {
        var examples = prompts.ConvertAll(prompt => Example.Of(prompt.Text));
        var tasks = prompts.ConvertAll(prompt => (int)prompt.Task);
        var validated = RouterTrainer.CrossValidate(prompts, examples, tasks);
        var sourceOut = RouterTrainer.LeaveSourcesOut(prompts, examples, tasks);
        foreach (var source in prompts.Select(prompt => prompt.Source).Distinct())
        {
            var rows = Enumerable.Range(0, prompts.Count).Where(i => prompts[i].Source == source).ToArray();
            Console.WriteLine($"  without {source,-14} {rows.Length,6} prompts: {rows.Count(i => Top(sourceOut[i]) == tasks[i]) / (double)rows.Length:P1} (in folds {rows.Count(i => Top(validated[i]) == tasks[i]) / (double)rows.Length:P1})");
        }

        foreach (var task in Enum.GetValues<TaskKind>())
            Console.WriteLine($"  {task,-14} {tasks.Count(t => t == (int)task),6} prompts, F1 {F1([.. validated.Select(Top)], tasks, (int)task):0.000}, without its source {F1([.. sourceOut.Select(Top)], tasks, (int)task):0.000}");

        var temperature = RouterTrainer.Temperature(validated, tasks);
        var ours = new TaskFigures(
            Accuracy([.. validated.Select(Top)], tasks),
            Accuracy([.. sourceOut.Select(Top)], tasks),
            F1([.. validated.Select(Top)], tasks, (int)TaskKind.Code),
            CalibrationErrorOf(validated, tasks, temperature));
        Console.WriteLine($"  temperature {temperature:0.00}, calibration error without its source {CalibrationErrorOf(sourceOut, tasks, temperature):0.000}");

        var keywords = prompts.Select(prompt => (int)KeywordRules.Read(RouterData.Facts(prompt.Text))).ToArray();
        var folds = Folds.Of([.. prompts.Select(prompt => (prompt.Text, prompt.Template))], RouterTrainer.FoldCount);
        var lengths = ByLength(prompts, tasks, folds);
        var most = tasks.CountBy(task => task).MaxBy(pair => pair.Value).Key;
        var majority = Enumerable.Repeat(most, tasks.Count).ToArray();
        return (ours, Plain(keywords, tasks), Plain(lengths, tasks), Plain(majority, tasks));
    }

    private static TaskFigures Plain(int[] read, List<int> tasks)
    {
        var accuracy = Accuracy(read, tasks);
        return new TaskFigures(accuracy, accuracy, F1(read, tasks, (int)TaskKind.Code), double.NaN);
    }

    /// <summary>The commonest task among the other folds' prompts of about the same length.</summary>
    private static int[] ByLength(List<LabelledPrompt> prompts, List<int> tasks, int[] folds)
    {
        var bins = prompts.ConvertAll(prompt => (int)(2 * Math.Log2(1 + prompt.Text.Length)));
        return [.. Enumerable.Range(0, RouterTrainer.FoldCount)
            .SelectMany(fold =>
            {
                var counts = Enumerable.Range(0, prompts.Count).Where(i => folds[i] != fold).CountBy(i => (bins[i], tasks[i])).ToDictionary();
                return Enumerable.Range(0, prompts.Count).Where(i => folds[i] == fold)
                    .Select(i => (i, Enumerable.Range(0, RouterTrainer.Tasks).MaxBy(task => counts.GetValueOrDefault((bins[i], task)))));
            })
            .OrderBy(pair => pair.i)
            .Select(pair => pair.Item2)];
    }

    private static double CalibrationErrorOf(float[][] logits, List<int> tasks, float temperature)
    {
        var bins = new (double Confidence, double Right, int Count)[Bins];
        Span<float> shares = stackalloc float[RouterTrainer.Tasks];
        for (var i = 0; i < logits.Length; i++)
        {
            logits[i].CopyTo(shares);
            LinearTrainer.Softmax(shares, temperature);
            var top = Top(logits[i]);
            ref var bin = ref bins[Math.Min(Bins - 1, (int)(shares[top] * Bins))];
            bin.Confidence += shares[top];
            bin.Right += top == tasks[i] ? 1 : 0;
            bin.Count++;
        }

        return bins.Sum(bin => Math.Abs(bin.Confidence - bin.Right)) / logits.Length;
    }

    private static int Top(float[] logits) => Array.IndexOf(logits, logits.Max());

    private static double Accuracy(int[] read, List<int> tasks) => read.Where((task, i) => task == tasks[i]).Count() / (double)read.Length;

    private static double F1(int[] read, List<int> tasks, int task)
    {
        var right = read.Where((each, i) => each == task && tasks[i] == task).Count();
        return 2.0 * right / (read.Count(each => each == task) + tasks.Count(each => each == task));
    }
}
