using System.Globalization;
using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>Learns the router's weights from public data: <c>train-router [DATA] [OUT]</c>. The same data give the same file.</summary>
internal static class RouterTrainer
{
    public const int Tasks = TaskPosterior.Tasks;
    public const int FoldCount = 5;

    private const int LongContext = 2_000;

    public static readonly LinearSettings TaskSettings = new() { Wordless = 30 };

    /// <summary>Who fails at what is noisy: weaker steps, a firmer pull.</summary>
    private static readonly LinearSettings DifficultySettings = new() { Passes = 4, Rate = 0.05f, Decay = 1e-3f };

    public static void Run(string[] args)
    {
        var data = new RouterData(args.ElementAtOrDefault(0) ?? "../shared/data/router");
        var output = args.ElementAtOrDefault(1) ?? "OpsCenter.Routing/Analysis/router-weights.bin";
        var prompts = data.Labelled();
        foreach (var group in prompts.GroupBy(prompt => (prompt.Source, prompt.Task)).OrderBy(group => group.Key.Source, StringComparer.Ordinal).ThenBy(group => group.Key.Task))
            Console.WriteLine($"{group.Key.Source,-14} {group.Key.Task,-14} {group.Count(),6}");

        var file = Learn(prompts, Hard(data));
        File.WriteAllBytes(output, file);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output}: {file.Length} bytes, {RouterWeights.Parse(file).Hash}"));
    }

    public static byte[] Learn(List<LabelledPrompt> prompts, List<(string Text, double Failure)> hard)
    {
        var examples = prompts.ConvertAll(prompt => Example.Of(prompt.Text));
        var tasks = prompts.ConvertAll(prompt => (int)prompt.Task);
        var temperature = Temperature(CrossValidate(prompts, examples, tasks), tasks);
        var phrases = LearnedAlways();
        var task = LearnTasks([.. examples, .. phrases.Examples], [.. tasks, .. phrases.Tasks], Tasks);

        var difficulty = new LinearTrainer(1, exclusive: false, DifficultySettings);
        difficulty.Learn(hard.ConvertAll(prompt => Example.Of(prompt.Text)), [.. hard.Select(prompt => (float)prompt.Failure)], Ones(hard.Count));

        return RouterWeights.Write(temperature, Merge(task.Measures, difficulty.Measures), Merge(task.Buckets, difficulty.Buckets));
    }

    /// <summary>How often a weak model fails at it: Mixtral at MMLU, nine models on average at LLMRouter's questions.</summary>
    public static List<(string Text, double Failure)> Hard(RouterData data) =>
    [
        .. data.WeakAndStrong().Select(prompt => (prompt.Text, 1 - prompt.Scores[0])),
        .. data.NineModels().Prompts.Select(prompt => (prompt.Text, 1 - prompt.Scores.Average())),
    ];

    public static LinearTrainer LearnTasks(IReadOnlyList<Example> examples, IReadOnlyList<int> tasks, int count, LinearSettings? settings = null)
    {
        var trainer = new LinearTrainer(count, exclusive: true, settings ?? TaskSettings);
        var targets = new float[examples.Count * count];
        var frequency = new int[count];
        for (var i = 0; i < examples.Count; i++)
        {
            targets[i * count + tasks[i]] = 1;
            frequency[tasks[i]]++;
        }

        // A rare task counts for more than its share, though not for as much as a common one.
        var weights = tasks.Select(task => MathF.Min(3, MathF.Sqrt(examples.Count / (float)(count * frequency[task])))).ToArray();
        trainer.Learn(examples, targets, weights);
        return trainer;
    }

    /// <summary>For every prompt the logits of a model that saw neither it nor anything like it.</summary>
    public static float[][] CrossValidate(List<LabelledPrompt> prompts, List<Example> examples, List<int> tasks) =>
        HoldOut(Folds.Of([.. prompts.Select(prompt => (prompt.Text, prompt.Template))], FoldCount), examples, tasks);

    public static float[][] LeaveSourcesOut(List<LabelledPrompt> prompts, List<Example> examples, List<int> tasks)
    {
        var sources = prompts.Select(prompt => prompt.Source).Distinct().ToList();
        return HoldOut([.. prompts.Select(prompt => sources.IndexOf(prompt.Source))], examples, tasks);
    }

    private static (List<Example> Examples, List<int> Tasks) LearnedAlways()
    {
        var phrases = Phrases.All();
        // The same question with a long text beside it is about the text.
        var asked = phrases.Where(phrase => phrase.Task is TaskKind.Chat && phrase.Text.EndsWith('?')).ToArray();
        return (
            [.. phrases.Select(phrase => Example.Of(phrase.Text)), .. asked.Select((phrase, i) => Example.Of(phrase.Text, LongContext * (1 + i % 4)))],
            [.. phrases.Select(phrase => (int)phrase.Task), .. asked.Select(_ => (int)TaskKind.Rag)]);
    }

    private static float[][] HoldOut(int[] parts, List<Example> examples, List<int> tasks)
    {
        var logits = new float[examples.Count][];
        var phrases = LearnedAlways();
        foreach (var part in parts.Distinct().Order())
        {
            var rest = Enumerable.Range(0, examples.Count).Where(i => parts[i] != part).ToArray();
            var trainer = LearnTasks(
                [.. rest.Select(i => examples[i]), .. phrases.Examples], [.. rest.Select(i => tasks[i]), .. phrases.Tasks], Tasks);
            for (var i = 0; i < examples.Count; i++)
            {
                if (parts[i] == part)
                    trainer.Logits(examples[i], logits[i] = new float[Tasks]);
            }
        }

        return logits;
    }

    /// <summary>The one number that makes held-out probabilities fit how often they are right (least log loss).</summary>
    public static float Temperature(float[][] logits, List<int> tasks)
    {
        var (best, least) = (1f, double.MaxValue);
        Span<float> shares = stackalloc float[Tasks];
        for (var temperature = 0.4f; temperature < 4; temperature *= 1.03f)
        {
            var loss = 0.0;
            for (var i = 0; i < logits.Length; i++)
            {
                logits[i].CopyTo(shares);
                LinearTrainer.Softmax(shares, temperature);
                loss -= Math.Log(Math.Max(shares[tasks[i]], 1e-9));
            }

            if (loss < least)
                (best, least) = (temperature, loss);
        }

        return best;
    }

    public static float[] Ones(int count)
    {
        var ones = new float[count];
        ones.AsSpan().Fill(1);
        return ones;
    }

    private static float[] Merge(ReadOnlySpan<float> tasks, ReadOnlySpan<float> difficulty)
    {
        var merged = new float[tasks.Length + difficulty.Length];
        for (var row = 0; row < difficulty.Length; row++)
        {
            tasks.Slice(row * Tasks, Tasks).CopyTo(merged.AsSpan(row * (Tasks + 1)));
            merged[row * (Tasks + 1) + Tasks] = difficulty[row];
        }

        return merged;
    }
}
