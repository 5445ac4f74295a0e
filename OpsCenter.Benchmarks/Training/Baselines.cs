using OpsCenter.Contracts;
using OpsCenter.Routing.Analysis;

namespace OpsCenter.Benchmarks.Training;

/// <summary>What any router has to beat.</summary>
internal static class Baselines
{
    /// <summary>Votes of the keyword rules for work that is hard by nature.</summary>
    public static double KeywordDifficulty(string text)
    {
        Span<double> votes = stackalloc double[RouterTrainer.Tasks];
        KeywordRules.Vote(RouterData.Facts(text), TextShape.Of(text), votes);
        return votes[(int)TaskKind.Reasoning] + votes[(int)TaskKind.Code] + votes[(int)TaskKind.Analysis] - votes[(int)TaskKind.Chat];
    }

    /// <summary>About how long the prompt is, in steps of a factor of √2.</summary>
    public static int LengthClass(string text) => (int)(2 * Math.Log2(1 + text.Length));
}
