using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Router.Catalog;

/// <summary>One row of the catalogue: a model as one provider offers it.</summary>
internal sealed class CatalogueOffer
{
    public required string Id { get; init; }

    /// <summary>Its place in the file, which is the order people see.</summary>
    public int Position { get; set; }

    public required string Model { get; set; }

    public required string DisplayName { get; set; }

    public required string Provider { get; set; }

    public required string Upstream { get; set; }

    public required string UpstreamModel { get; set; }

    public required string[] Aliases { get; set; }

    public Tier Tier { get; set; }

    /// <summary>Prices per token in pico-USD, the fee per request in nano-USD.</summary>
    public long InputPico { get; set; }

    public long OutputPico { get; set; }

    public long? CachedInputPico { get; set; }

    public long? CacheWritePico { get; set; }

    public long PerRequestNano { get; set; }

    public required string PriceSource { get; set; }

    public int ContextWindow { get; set; }

    public int MaxOutput { get; set; }

    public ModelCapabilities Capabilities { get; set; }

    public PrivacyClass Privacy { get; set; }

    public bool Automatic { get; set; }

    public int FirstTokenMs { get; set; }

    public int TokensPerSecond { get; set; }

    /// <summary>In the order of <see cref="TaskKind"/>.</summary>
    public required double[] Quality { get; set; }

    public static void Configure(EntityTypeBuilder<CatalogueOffer> offer)
    {
        offer.ToTable("model_catalog");
        offer.HasKey(row => row.Id);
        offer.Property(row => row.Id).HasColumnName("model_id");
        offer.HasIndex(row => row.Model);
    }
}
