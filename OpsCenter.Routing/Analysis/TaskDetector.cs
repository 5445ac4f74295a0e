using OpsCenter.Contracts;

namespace OpsCenter.Routing.Analysis;

/// <summary>
/// Reads the task and the difficulty from what the person last said, by weights learned from public prompts (see
/// docs/routing.md). Deterministic, and without allocation.
/// </summary>
public static class TaskDetector
{
    /// <summary>How much of a reading remains when the text says nothing.</summary>
    private const float MuteShare = 0.4f;

    /// <summary>The content hash of the weights that it reads by.</summary>
    public static string WeightsVersion => RouterWeights.Shipped.Hash;

    public static TaskReading Read(ChatFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return Read(facts, RouterWeights.Shipped);
    }

    internal static TaskReading Read(ChatFacts facts, RouterWeights weights)
    {
        var posterior = Judge(facts, weights, out var shape, out var difficulty);
        var first = posterior.Top();
        var second = posterior.Top(but: first.Task);
        var third = posterior.Top(but: first.Task, andBut: second.Task);
        return new TaskReading(first.Task, Round(first.Share), Round(Complexity(facts, shape, posterior, difficulty)))
        {
            Second = second with { Share = Round(second.Share) },
            Third = third with { Share = Round(third.Share) },
        };
    }

    internal static TaskPosterior Judge(ChatFacts facts, RouterWeights weights, out TextShape shape, out double difficulty)
    {
        Span<ushort> words = stackalloc ushort[PromptFeatures.MaxWordFeatures];
        Span<ushort> pieces = stackalloc ushort[PromptFeatures.MaxPieceFeatures];
        Span<float> measures = stackalloc float[PromptFeatures.Measures];
        Span<ulong> seen = stackalloc ulong[PromptFeatures.SeenLength];
        seen.Clear();
        shape = TextShape.Of(facts.LastUserText);
        var features = PromptFeatures.Of(facts, shape, words, pieces, measures, seen);
        var posterior = weights.Judge(features, out difficulty);
        if (features.SaysNothing)
        {
            // What looks like small talk may be the answer to any question.
            for (var task = 0; task < TaskPosterior.Tasks; task++)
                posterior[task] = MuteShare * posterior[task] + (1 - MuteShare) / TaskPosterior.Tasks;
        }

        return posterior;
    }

    /// <summary>Length, several demands at once, work that is hard by nature, and how likely a weak model fails at it.</summary>
    private static double Complexity(ChatFacts facts, in TextShape shape, in TaskPosterior posterior, double difficulty)
    {
        var length = Math.Clamp(Math.Log2(1 + shape.Words / 12.0) / 6, 0, 1);
        var context = Math.Clamp(Math.Log2(1 + facts.EstimatedInputTokens / 500.0) / 8, 0, 1);
        var demands = Math.Clamp((shape.Questions + shape.ListItems - 1) / 6.0, 0, 1);
        var nature = 0.4 * posterior[(int)TaskKind.Reasoning]
            + 0.15 * (posterior[(int)TaskKind.Code] + posterior[(int)TaskKind.Analysis])
            + 0.05 * (posterior[(int)TaskKind.Rag] + posterior[(int)TaskKind.Creative]);
        var tools = facts.HasTools ? 0.1 : 0;
        return Math.Clamp(0.3 * length + 0.15 * context + 0.2 * demands + nature + tools + 0.2 * (difficulty - 0.4), 0, 1);
    }

    private static double Round(double share) => Math.Round(share, 3);
}
