using Microsoft.EntityFrameworkCore;
using OpsCenter.Contracts;
using OpsCenter.Routing;

namespace OpsCenter.Router.Catalog;

/// <summary>The catalogue in routerdb, and the growing number of its snapshots.</summary>
internal sealed class CatalogueStore(RouterDb db)
{
    /// <summary>
    /// Brings the stored catalogue to the file's: when the file has a later revision, or the same revision with other content.
    /// An older replica that starts late changes nothing.
    /// </summary>
    /// <returns>Whether the catalogue changed.</returns>
    public Task<bool> UpdateAsync(CatalogueFile file, CancellationToken ct) =>
        db.Database.CreateExecutionStrategy().ExecuteAsync(
            async token =>
            {
                db.ChangeTracker.Clear();
                await using var transaction = await db.Database.BeginTransactionAsync(token);
                // The row lock makes replicas that start together take turns.
                var counter = await db.SnapshotCounters
                    .FromSql($"SELECT * FROM snapshot_counter WHERE id = {SnapshotCounter.OnlyId} FOR UPDATE")
                    .SingleAsync(token);
                if (file.Revision < counter.CatalogueRevision
                    || (file.Revision == counter.CatalogueRevision && file.Hash == counter.CatalogueHash))
                    return false;

                await db.Offers.ExecuteDeleteAsync(token);
                db.Offers.AddRange(file.Offers.Select(ToRow));
                counter.CatalogueRevision = file.Revision;
                counter.CatalogueHash = file.Hash;
                await db.SaveChangesAsync(token);
                await transaction.CommitAsync(token);
                return true;
            },
            ct);

    public async Task<IReadOnlyList<Offer>> LoadAsync(CancellationToken ct)
    {
        var rows = await db.Offers.AsNoTracking().OrderBy(row => row.Position).ToListAsync(ct);
        return [.. rows.Select(ToOffer)];
    }

    /// <summary>A number above every one that any replica has published.</summary>
    public async Task<long> NextVersionAsync(CancellationToken ct)
    {
        var versions = await db.Database
            .SqlQuery<long>($"UPDATE snapshot_counter SET version = version + 1 WHERE id = {SnapshotCounter.OnlyId} RETURNING version AS \"Value\"")
            .ToListAsync(ct);
        return versions.Single();
    }

    private static CatalogueOffer ToRow(Offer offer, int position) => new()
    {
        Id = offer.Id,
        Position = position,
        Model = offer.Model,
        DisplayName = offer.DisplayName,
        Provider = offer.Provider,
        Upstream = offer.Upstream,
        UpstreamModel = offer.UpstreamModel,
        Aliases = [.. offer.Aliases],
        Tier = offer.Tier,
        InputPico = offer.Prices.Input,
        OutputPico = offer.Prices.Output,
        CachedInputPico = offer.Prices.CachedInput,
        CacheWritePico = offer.Prices.CacheWrite,
        PerRequestNano = offer.Prices.PerRequest.Value,
        PriceSource = offer.PriceSource,
        ContextWindow = offer.ContextWindow,
        MaxOutput = offer.MaxOutput,
        Capabilities = offer.Capabilities,
        Privacy = offer.Privacy,
        Automatic = offer.Automatic,
        FirstTokenMs = offer.TypicalFirstTokenMs,
        TokensPerSecond = offer.TypicalTokensPerSecond,
        Quality = [.. Enum.GetValues<TaskKind>().Select(task => offer.Quality[task.WireName()])],
    };

    private static Offer ToOffer(CatalogueOffer row) => new(
        row.Id,
        row.Model,
        row.DisplayName,
        row.Provider,
        row.Upstream,
        row.UpstreamModel,
        row.Aliases,
        row.Tier,
        new TokenPrices(row.InputPico, row.OutputPico, row.CachedInputPico, row.CacheWritePico, new NanoUsd(row.PerRequestNano)),
        row.PriceSource,
        row.ContextWindow,
        row.MaxOutput,
        row.Capabilities,
        row.Privacy,
        row.Automatic,
        row.FirstTokenMs,
        row.TokensPerSecond,
        Enum.GetValues<TaskKind>().ToDictionary(task => task.WireName(), task => row.Quality[(int)task]));
}
