using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Keys;

namespace OpsCenter.Gateway;

/// <summary>Accounts, people and keys. Money is not here: it lives with the ledger.</summary>
internal sealed class GatewayDb(DbContextOptions<GatewayDb> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    public DbSet<SignInToken> SignInTokens => Set<SignInToken>();

    public DbSet<ApiKey> Keys => Set<ApiKey>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        Account.Configure(modelBuilder.Entity<Account>());
        User.Configure(modelBuilder.Entity<User>());
        Session.Configure(modelBuilder.Entity<Session>());
        SignInToken.Configure(modelBuilder.Entity<SignInToken>());
        ApiKey.Configure(modelBuilder.Entity<ApiKey>());
    }
}

/// <summary>For <c>dotnet ef migrations add</c>, which needs a model and no server.</summary>
internal sealed class GatewayDbDesign : IDesignTimeDbContextFactory<GatewayDb>
{
    public GatewayDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<GatewayDb>()
        .UseNpgsql("Host=localhost;Database=design")
        .UseSnakeCaseNamingConvention()
        .Options);
}
