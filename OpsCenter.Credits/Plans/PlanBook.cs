using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Plans;

/// <summary>The plans as the operator edits them. The lanes read the newest versions in each transaction, so an edit holds at once.</summary>
internal sealed class PlanBook(IServiceScopeFactory scopes, TimeProvider time) : IPlans
{
    public Task<IReadOnlyList<Plan>> GetPlansAsync(CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        var rows = await db.Plans
            .Where(plan => plan.Version == db.Plans.Where(other => other.Tier == plan.Tier).Max(other => other.Version))
            .OrderBy(plan => plan.Tier)
            .AsNoTracking()
            .ToListAsync(ct);
        return (IReadOnlyList<Plan>)rows.ConvertAll(row => row.ToPlan());
    });

    public Task<Plan> SetPlanAsync(PlanTerms terms, CancellationToken ct) => Database.AskAsync(async () =>
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CreditsDb>();
        while (true)
        {
            var last = await db.Plans.Where(plan => plan.Tier == terms.Tier).MaxAsync(plan => (int?)plan.Version, ct) ?? 0;
            var row = PlanRow.Of(terms, last + 1, time.GetUtcNow());
            db.Plans.Add(row);
            try
            {
                await db.SaveChangesAsync(ct);
                return row.ToPlan();
            }
            catch (DbUpdateException fault) when (fault.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                // Somebody else edited it in the same moment; this edit is the one after theirs.
                db.ChangeTracker.Clear();
            }
        }
    });
}
