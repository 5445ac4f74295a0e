using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Gateway.Accounts;

/// <summary>Who pays: owns keys, credits and limits. Its money is known to the ledger under the same id.</summary>
internal sealed class Account
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required string Name { get; set; }

    public Tier Tier { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public static void Configure(EntityTypeBuilder<Account> account)
    {
        account.ToTable("accounts");
        account.Property(a => a.Name).HasMaxLength(200);
        account.Property(a => a.Tier).HasConversion<string>().HasMaxLength(20);
    }
}

/// <summary>A person.</summary>
internal sealed class User
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid AccountId { get; init; }

    public required string Name { get; set; }

    public string? Email { get; set; }

    public Role Role { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    public static void Configure(EntityTypeBuilder<User> user)
    {
        user.ToTable("users");
        user.Property(u => u.Name).HasMaxLength(200);
        user.Property(u => u.Email).HasMaxLength(320);
        user.Property(u => u.Role).HasConversion<string>().HasMaxLength(20);
        user.HasOne<Account>().WithMany().HasForeignKey(u => u.AccountId);
    }
}

internal enum Role
{
    Member,
    Admin,
}

/// <summary>A signed-in browser. The cookie holds the secret; the row holds its hash.</summary>
internal sealed class Session
{
    /// <summary>SHA-256 of the 256-bit secret in the cookie.</summary>
    public required byte[] SecretHash { get; init; }

    public required Guid UserId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset LastSeenAt { get; set; }

    public static void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");
        session.HasKey(s => s.SecretHash);
        session.HasOne<User>().WithMany().HasForeignKey(s => s.UserId);
        session.HasIndex(s => s.ExpiresAt);
    }
}

/// <summary>A link that signs one person in, once.</summary>
internal sealed class SignInToken
{
    /// <summary>SHA-256 of the 256-bit secret in the link.</summary>
    public required byte[] SecretHash { get; init; }

    public required Guid UserId { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? UsedAt { get; set; }

    public static void Configure(EntityTypeBuilder<SignInToken> token)
    {
        token.ToTable("sign_in_tokens");
        token.HasKey(t => t.SecretHash);
        token.HasOne<User>().WithMany().HasForeignKey(t => t.UserId);
    }
}
