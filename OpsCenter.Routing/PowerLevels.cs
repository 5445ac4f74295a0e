using OpsCenter.Contracts;

namespace OpsCenter.Routing;

/// <summary>
/// What the three power levels mean, in one table. The gap is how far below the best eligible model one may be; among those
/// that remain the weights decide.
/// </summary>
public static class PowerLevels
{
    public const PowerLevel Default = PowerLevel.Balanced;

    public static IReadOnlyList<PowerLevelPolicy> Table { get; } =
    [
        new(PowerLevel.Eco, "Eco", NanoUsd.Parse("0.001"), QualityGap: 0.15, QualityWeight: 0.15, CostWeight: 0.70, LatencyWeight: 0.15),
        new(PowerLevel.Balanced, "Balanced", NanoUsd.Parse("0.01"), QualityGap: 0.07, QualityWeight: 0.45, CostWeight: 0.35, LatencyWeight: 0.20),
        new(PowerLevel.Precision, "Precision", NanoUsd.Parse("0.1"), QualityGap: 0.02, QualityWeight: 0.80, CostWeight: 0.05, LatencyWeight: 0.15),
    ];

    /// <summary>Reads <c>eco</c>, <c>balanced</c> or <c>precision</c> in any case, and no number.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out PowerLevel level)
    {
        foreach (var policy in Table)
        {
            if (name.Equals(policy.Name, StringComparison.OrdinalIgnoreCase))
            {
                level = policy.Level;
                return true;
            }
        }

        level = default;
        return false;
    }

    /// <summary>As callers write it: <c>eco</c>.</summary>
    public static string WireName(this PowerLevel level) => level switch
    {
        PowerLevel.Eco => "eco",
        PowerLevel.Balanced => "balanced",
        PowerLevel.Precision => "precision",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, null),
    };

    /// <summary>As callers read it: <c>professional</c>.</summary>
    public static string WireName(this Tier tier) => tier switch
    {
        Tier.Free => "free",
        Tier.Starter => "starter",
        Tier.Professional => "professional",
        Tier.Enterprise => "enterprise",
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, null),
    };

    /// <summary>As callers read it: <c>summarization</c>.</summary>
    public static string WireName(this TaskKind task) => task switch
    {
        TaskKind.Chat => "chat",
        TaskKind.Code => "code",
        TaskKind.Rag => "rag",
        TaskKind.Creative => "creative",
        TaskKind.Analysis => "analysis",
        TaskKind.Translation => "translation",
        TaskKind.Summarization => "summarization",
        TaskKind.Reasoning => "reasoning",
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, null),
    };
}
