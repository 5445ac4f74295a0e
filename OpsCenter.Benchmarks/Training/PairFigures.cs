namespace OpsCenter.Benchmarks.Training;

/// <summary>
/// Weak or strong, on RouteLLM's MMLU responses: learned from a tenth with labels, measured on the other nine, ten times over.
/// Near-duplicates stay in one tenth.
/// </summary>
internal sealed record PairFigures(PairCurve Ours, PairCurve Length, PairCurve Keywords, PairCurve Random, PairCurve Oracle)
{
    private const int Tenths = 10;

    /// <summary>A tenth is 1,400 questions: small steps and a firm pull.</summary>
    private static readonly LinearSettings Settings = new() { Passes = 3, Rate = 0.02f, MeasureRate = 0.03f, Decay = 1e-3f };

    public static PairFigures Measure(List<ScoredPrompt> prompts)
    {
        var examples = prompts.ConvertAll(prompt => Example.Of(prompt.Text));
        var parts = Folds.Of([.. prompts.Select(prompt => (prompt.Text, ""))], Tenths);
        var learned = new List<PairCurve>();
        Span<float> shares = stackalloc float[2];
        for (var part = 0; part < Tenths; part++)
        {
            var known = Enumerable.Range(0, prompts.Count).Where(i => parts[i] == part).ToArray();
            var trainer = new LinearTrainer(2, exclusive: false, Settings);
            trainer.Learn(
                [.. known.Select(i => examples[i])],
                [.. known.SelectMany(i => new[] { (float)prompts[i].Scores[0], (float)prompts[i].Scores[1] })],
                RouterTrainer.Ones(known.Length));

            var rest = Enumerable.Range(0, prompts.Count).Where(i => parts[i] != part).ToArray();
            var preference = new double[rest.Length];
            for (var i = 0; i < rest.Length; i++)
            {
                trainer.Predict(examples[rest[i]], shares);
                preference[i] = shares[1] - shares[0];
            }

            learned.Add(PairCurve.Of(preference, Scores(rest, 0), Scores(rest, 1)));
        }

        var all = Enumerable.Range(0, prompts.Count).ToArray();
        var (weak, strong) = (Scores(all, 0), Scores(all, 1));
        var chance = new Chance(1);
        return new PairFigures(
            PairCurve.Mean(learned),
            PairCurve.Of([.. prompts.Select(prompt => (double)prompt.Text.Length)], weak, strong),
            PairCurve.Of([.. prompts.Select(prompt => Baselines.KeywordDifficulty(prompt.Text))], weak, strong),
            PairCurve.Of([.. prompts.Select(_ => (double)chance.Below(int.MaxValue))], weak, strong),
            PairCurve.Of([.. prompts.Select(prompt => prompt.Scores[1] - prompt.Scores[0])], weak, strong));

        double[] Scores(int[] rows, int model) => [.. rows.Select(i => prompts[i].Scores[model])];
    }
}
