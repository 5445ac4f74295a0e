using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OpsCenter.Credits.Purchases;

/// <summary>A caller's own name for one attempt, so that a repetition finds the first instead of making a second.</summary>
internal sealed class IdempotencyKey
{
    /// <summary>The account.</summary>
    public required Guid Principal { get; init; }

    public required string Route { get; init; }

    public required string Key { get; init; }

    /// <summary>SHA-256 of the body, in hexadecimal.</summary>
    public required string RequestSha256 { get; init; }

    /// <summary>What the attempt makes. Fixed with the key, so that a retry after a crash goes on with the same one.</summary>
    public required Guid SubjectId { get; init; }

    /// <summary>Null while the attempt is under way.</summary>
    public DateTimeOffset? DoneAt { get; set; }

    /// <summary>Until then an attempt is under way; after it, one that did not end may be taken over.</summary>
    public required DateTimeOffset LockedUntil { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public static void Configure(EntityTypeBuilder<IdempotencyKey> key)
    {
        key.ToTable("idempotency_keys");
        key.HasKey(row => new { row.Principal, row.Route, row.Key });
        key.Property(row => row.Route).HasMaxLength(100);
        key.Property(row => row.Key).HasMaxLength(255);
        key.Property(row => row.RequestSha256).HasMaxLength(64);
        key.HasIndex(row => row.CreatedAt);
    }
}
