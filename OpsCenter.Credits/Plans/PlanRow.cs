using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Plans;

/// <summary>One version of a tier's plan. Written once; an edit is the next version.</summary>
internal sealed class PlanRow
{
    private static readonly DateTimeOffset Beginning = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public required Tier Tier { get; init; }

    public required int Version { get; init; }

    public required int RequestsPerMinute { get; init; }

    public required int TokensPerMinute { get; init; }

    public required int Parallel { get; init; }

    public required NanoUsd MonthlyCap { get; init; }

    public required int MarkupBasisPoints { get; init; }

    public required int MaxOpenHolds { get; init; }

    public required string[] Models { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public Plan ToPlan() => new(
        Version,
        new PlanTerms(Tier, RequestsPerMinute, TokensPerMinute, Parallel, MonthlyCap, MarkupBasisPoints, MaxOpenHolds, Models),
        CreatedAt);

    public static PlanRow Of(PlanTerms terms, int version, DateTimeOffset now) => new()
    {
        Tier = terms.Tier,
        Version = version,
        RequestsPerMinute = terms.RequestsPerMinute,
        TokensPerMinute = terms.TokensPerMinute,
        Parallel = terms.Parallel,
        MonthlyCap = terms.MonthlyCap,
        MarkupBasisPoints = terms.MarkupBasisPoints,
        MaxOpenHolds = terms.MaxOpenHolds,
        Models = [.. terms.Models],
        CreatedAt = now,
    };

    public static void Configure(EntityTypeBuilder<PlanRow> plan)
    {
        plan.ToTable("credit_plans", table =>
        {
            table.HasCheckConstraint("ck_credit_plans_cap", "monthly_cap >= 0");
            table.HasCheckConstraint("ck_credit_plans_markup", "markup_basis_points >= -10000");
        });
        plan.HasKey(row => new { row.Tier, row.Version });
        plan.Property(row => row.Tier).HasConversion<short>();
        plan.HasData(
            Of(new PlanTerms(Tier.Free, 10, 10_000, 1, NanoUsd.Zero, 0, 100, []), 1, Beginning),
            Of(new PlanTerms(Tier.Starter, 100, 100_000, 5, NanoUsd.FromUsd(50), 0, 200, []), 1, Beginning),
            Of(new PlanTerms(Tier.Professional, 500, 500_000, 20, NanoUsd.FromUsd(200), 0, 500, []), 1, Beginning),
            Of(new PlanTerms(Tier.Enterprise, 2_000, 2_000_000, 100, NanoUsd.FromUsd(1_000), 0, 2_000, []), 1, Beginning));
    }
}
