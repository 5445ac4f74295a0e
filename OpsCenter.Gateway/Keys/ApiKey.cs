using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Gateway.Accounts;

namespace OpsCenter.Gateway.Keys;

/// <summary>A key as it is kept: enough to recognise it, not enough to use it.</summary>
internal sealed class ApiKey
{
    private const int ShownPrefix = 12;
    private const int ShownSuffix = 4;

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid AccountId { get; init; }

    public required string Name { get; set; }

    /// <summary>HMAC-SHA256 of the key under the pepper of <see cref="PepperVersion"/>.</summary>
    public required byte[] Mac { get; init; }

    public required int PepperVersion { get; init; }

    public required string ShownStart { get; init; }

    public required string ShownEnd { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public static ApiKey Create(string text, KeyRing ring, Guid accountId, string name, DateTimeOffset now) => new()
    {
        AccountId = accountId,
        Name = name,
        Mac = ring.Mac(text),
        PepperVersion = ring.Version,
        ShownStart = text[..ShownPrefix],
        ShownEnd = text[^ShownSuffix..],
        CreatedAt = now,
    };

    public static void Configure(EntityTypeBuilder<ApiKey> key)
    {
        key.ToTable("api_keys");
        key.HasIndex(k => k.Mac).IsUnique();
        key.HasIndex(k => k.AccountId);
        key.Property(k => k.Name).HasMaxLength(200);
        key.Property(k => k.ShownStart).HasMaxLength(ShownPrefix);
        key.Property(k => k.ShownEnd).HasMaxLength(ShownSuffix);
        key.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId);
    }
}
