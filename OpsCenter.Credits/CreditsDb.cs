using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Credits.Ledger;
using OpsCenter.Credits.Plans;
using OpsCenter.Credits.Purchases;
using OpsCenter.Credits.Totals;

namespace OpsCenter.Credits;

/// <summary>The schema of creditsdb. Balances are read through it and written by the lanes' own statements only.</summary>
internal sealed class CreditsDb(DbContextOptions<CreditsDb> options) : DbContext(options)
{
    public DbSet<Account> Accounts => Set<Account>();

    public DbSet<Entry> Entries => Set<Entry>();

    public DbSet<Hold> Holds => Set<Hold>();

    public DbSet<UsageRecord> Usage => Set<UsageRecord>();

    public DbSet<Limit> Limits => Set<Limit>();

    public DbSet<Budget> Budgets => Set<Budget>();

    public DbSet<PlanRow> Plans => Set<PlanRow>();

    public DbSet<OutboxMessage> Outbox => Set<OutboxMessage>();

    public DbSet<UsageHour> UsageHours => Set<UsageHour>();
    public DbSet<PurchaseRow> Purchases => Set<PurchaseRow>();

    public DbSet<PurchaseMovement> PurchaseMovements => Set<PurchaseMovement>();

    public DbSet<StripeEvent> StripeEvents => Set<StripeEvent>();

    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<NanoUsd>().HaveConversion<NanoUsdColumn>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Account>(Account.Configure);
        modelBuilder.Entity<Entry>(Ledger.Entry.Configure);
        modelBuilder.Entity<Hold>(Hold.Configure);
        modelBuilder.Entity<UsageRecord>(UsageRecord.Configure);
        modelBuilder.Entity<Limit>(Limit.Configure);
        modelBuilder.Entity<Budget>(Budget.Configure);
        modelBuilder.Entity<PlanRow>(PlanRow.Configure);
        modelBuilder.Entity<OutboxMessage>(OutboxMessage.Configure);
        modelBuilder.Entity<UsageHour>(UsageHour.Configure);
        modelBuilder.Entity<PurchaseRow>(PurchaseRow.Configure);
        modelBuilder.Entity<PurchaseMovement>(PurchaseMovement.Configure);
        modelBuilder.Entity<StripeEvent>(StripeEvent.Configure);
        modelBuilder.Entity<IdempotencyKey>(IdempotencyKey.Configure);
    }

    private sealed class NanoUsdColumn() : ValueConverter<NanoUsd, long>(amount => amount.Value, value => new NanoUsd(value));
}

/// <summary>Lets <c>dotnet ef migrations add</c> see the schema without a server.</summary>
internal sealed class CreditsDbDesign : IDesignTimeDbContextFactory<CreditsDb>
{
    public CreditsDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<CreditsDb>().UseNpgsql().UseSnakeCaseNamingConvention().Options);
}
