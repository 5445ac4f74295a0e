using Microsoft.EntityFrameworkCore;
using OpsCenter.Router.Catalog;

namespace OpsCenter.Router;

/// <summary>What the Router keeps: the catalogue, and the number of the last snapshot.</summary>
internal sealed class RouterDb(DbContextOptions<RouterDb> options) : DbContext(options)
{
    public DbSet<CatalogueOffer> Offers => Set<CatalogueOffer>();

    public DbSet<SnapshotCounter> SnapshotCounters => Set<SnapshotCounter>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        CatalogueOffer.Configure(modelBuilder.Entity<CatalogueOffer>());
        SnapshotCounter.Configure(modelBuilder.Entity<SnapshotCounter>());
    }
}
