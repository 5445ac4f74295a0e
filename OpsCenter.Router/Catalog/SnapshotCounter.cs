using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OpsCenter.Router.Catalog;

/// <summary>The one row that numbers snapshots, for all replicas and across restarts, and says which catalogue is stored.</summary>
internal sealed class SnapshotCounter
{
    public const int OnlyId = 1;

    public int Id { get; init; } = OnlyId;

    public long Version { get; set; }

    public int CatalogueRevision { get; set; }

    public required string CatalogueHash { get; set; }

    public static void Configure(EntityTypeBuilder<SnapshotCounter> counter)
    {
        counter.ToTable("snapshot_counter");
        counter.Property(row => row.Id).ValueGeneratedNever();
        counter.HasData(new SnapshotCounter { CatalogueHash = "" });
    }
}
