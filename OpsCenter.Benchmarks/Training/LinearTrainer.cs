using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>A prompt as the router sees it: hashed words, hashed pieces, measures.</summary>
internal sealed record Example(ushort[] Words, ushort[] Pieces, float[] Measures)
{
    /// <param name="text">What the person said.</param>
    /// <param name="around">Tokens of whatever else was sent along.</param>
    public static Example Of(string text, int around = 0)
    {
        var facts = RouterData.Facts(text, around);
        Span<ushort> words = stackalloc ushort[PromptFeatures.MaxWordFeatures];
        Span<ushort> pieces = stackalloc ushort[PromptFeatures.MaxPieceFeatures];
        Span<float> measures = stackalloc float[PromptFeatures.Measures];
        Span<ulong> seen = stackalloc ulong[PromptFeatures.SeenLength];
        seen.Clear();
        var features = PromptFeatures.Of(facts, TextShape.Of(facts.LastUserText), words, pieces, measures, seen);
        return new Example(features.Words.ToArray(), features.Pieces.ToArray(), measures.ToArray());
    }
}

internal sealed record LinearSettings
{
    public int Passes { get; init; } = 6;
    public float Rate { get; init; } = 0.15f;
    public float MeasureRate { get; init; } = 0.05f;

    /// <summary>Pulls every weight towards nothing, each time it is touched.</summary>
    public float Decay { get; init; } = 1e-4f;

    /// <summary>Of a model without measures only words speak.</summary>
    public bool UsesMeasures { get; init; } = true;

    /// <summary>
    /// How many of a hundred times an example is shown by its measures alone, so that these learn to carry a prompt whose words
    /// are new.
    /// </summary>
    public int Wordless { get; init; }

    public ulong Seed { get; init; } = 20_260_701;
}

/// <summary>
/// Logistic regression over hashed features by stochastic gradient with AdaGrad's steps: of one among many classes (softmax)
/// or of many independent shares (sigmoid). The same examples and settings give the same weights.
/// </summary>
internal sealed class LinearTrainer(int outputs, bool exclusive, LinearSettings settings)
{
    private readonly float[] _buckets = new float[PromptFeatures.Buckets * outputs];
    private readonly float[] _bucketSteps = new float[PromptFeatures.Buckets * outputs];
    private readonly float[] _measures = new float[PromptFeatures.Measures * outputs];
    private readonly float[] _measureSteps = new float[PromptFeatures.Measures * outputs];

    public ReadOnlySpan<float> Buckets => _buckets;

    public ReadOnlySpan<float> Measures => _measures;

    /// <param name="examples">What to learn from.</param>
    /// <param name="targets">By example, then by output; in [0, 1].</param>
    /// <param name="weights">By example: how much it counts.</param>
    public void Learn(IReadOnlyList<Example> examples, float[] targets, float[] weights)
    {
        var order = Enumerable.Range(0, examples.Count).ToArray();
        var chance = new Chance(settings.Seed);
        var slopes = new float[outputs];
        for (var pass = 0; pass < settings.Passes; pass++)
        {
            chance.Shuffle(order);
            foreach (var index in order)
            {
                var example = examples[index];
                if (chance.Below(100) < settings.Wordless)
                    example = example with { Words = [], Pieces = [] };
                Predict(example, slopes);
                for (var output = 0; output < outputs; output++)
                    slopes[output] = (slopes[output] - targets[index * outputs + output]) * weights[index];
                Step(example.Words, slopes);
                Step(example.Pieces, slopes);
                if (settings.UsesMeasures)
                    StepMeasures(example.Measures, slopes);
            }
        }
    }

    /// <summary>Probabilities.</summary>
    public void Predict(Example example, Span<float> outcome)
    {
        Logits(example, outcome);
        if (exclusive)
            Softmax(outcome, 1);
        else
            foreach (ref var share in outcome)
                share = 1 / (1 + MathF.Exp(-share));
    }

    public void Logits(Example example, Span<float> logits)
    {
        logits.Clear();
        Add(example.Words, logits);
        Add(example.Pieces, logits);
        if (!settings.UsesMeasures)
            return;
        for (var measure = 0; measure < example.Measures.Length; measure++)
        {
            for (var output = 0; output < outputs; output++)
                logits[output] += example.Measures[measure] * _measures[measure * outputs + output];
        }
    }

    public static void Softmax(Span<float> logits, float temperature)
    {
        var top = logits[0];
        foreach (var logit in logits)
            top = Math.Max(top, logit);
        var sum = 0f;
        foreach (ref var logit in logits)
            sum += logit = MathF.Exp((logit - top) / temperature);
        foreach (ref var logit in logits)
            logit /= sum;
    }

    private void Add(ushort[] buckets, Span<float> logits)
    {
        var share = buckets.Length == 0 ? 0 : 1 / MathF.Sqrt(buckets.Length);
        foreach (var bucket in buckets)
        {
            var row = _buckets.AsSpan(bucket * outputs, outputs);
            for (var output = 0; output < row.Length; output++)
                logits[output] += row[output] * share;
        }
    }

    private void Step(ushort[] buckets, float[] slopes)
    {
        var share = buckets.Length == 0 ? 0 : 1 / MathF.Sqrt(buckets.Length);
        foreach (var bucket in buckets)
        {
            var row = _buckets.AsSpan(bucket * outputs, outputs);
            var steps = _bucketSteps.AsSpan(bucket * outputs, outputs);
            for (var output = 0; output < row.Length; output++)
            {
                var slope = slopes[output] * share + settings.Decay * row[output];
                steps[output] += slope * slope;
                row[output] -= settings.Rate * slope / (MathF.Sqrt(steps[output]) + 1e-3f);
            }
        }
    }

    private void StepMeasures(float[] values, float[] slopes)
    {
        for (var measure = 0; measure < values.Length; measure++)
        {
            if (values[measure] == 0)
                continue;
            for (var output = 0; output < outputs; output++)
            {
                var at = measure * outputs + output;
                var slope = slopes[output] * values[measure] + settings.Decay * _measures[at];
                _measureSteps[at] += slope * slope;
                _measures[at] -= settings.MeasureRate * slope / (MathF.Sqrt(_measureSteps[at]) + 1e-3f);
            }
        }
    }
}

/// <summary>A small generator of its own (SplitMix64), so that a seed means the same on every version of the runtime.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public int Below(int bound)
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((((mixed ^ (mixed >> 31)) >> 32) * (ulong)bound) >> 32);
    }

    public void Shuffle(int[] values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var other = Below(i + 1);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }
}
