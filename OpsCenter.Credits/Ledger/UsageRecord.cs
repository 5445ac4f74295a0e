using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// What a request used, written in the transaction that charged it. One row a request (its key makes the second charge
/// impossible); a recovered one is filled in when its settlement arrives after all.
/// </summary>
internal sealed class UsageRecord
{
    public required Guid RequestId { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>The net of everything the request was charged.</summary>
    public required NanoUsd Cost { get; init; }

    public Guid? KeyId { get; init; }

    public Guid? UserId { get; init; }

    /// <summary>The UTC day on which the request was admitted; budgets count it there.</summary>
    public required DateOnly Day { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    public required string PowerLevel { get; init; }

    public required string Task { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public long CachedInputTokens { get; init; }

    public long CacheWriteTokens { get; init; }

    public long ReasoningTokens { get; init; }

    public UsageSource Source { get; init; }

    public int HttpStatus { get; init; }

    public bool Streamed { get; init; }

    public bool Byok { get; init; }

    public int? FirstTokenMs { get; init; }

    public int DurationMs { get; init; }

    public int Attempts { get; init; }

    public long PriceVersion { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who asked, and when, is what the hold says, if there was one: its budgets have counted the request.</summary>
    public static UsageRecord Of(Settle settle, Hold? hold, DateOnly today, DateTimeOffset now) => Of(
        settle.Id,
        settle.AccountId,
        settle.Cost,
        hold is null ? settle.Usage : settle.Usage with { KeyId = hold.KeyId, UserId = hold.UserId },
        hold?.Day ?? today,
        now);

    private static UsageRecord Of(Guid requestId, Guid accountId, NanoUsd cost, Usage usage, DateOnly day, DateTimeOffset now) => new()
    {
        RequestId = requestId,
        AccountId = accountId,
        Cost = cost,
        KeyId = usage.KeyId,
        UserId = usage.UserId,
        Day = day,
        Provider = LedgerText.Storable(usage.Provider),
        Model = LedgerText.Storable(usage.Model),
        PowerLevel = LedgerText.Storable(usage.PowerLevel),
        Task = LedgerText.Storable(usage.Task),
        InputTokens = usage.Tokens.Input,
        OutputTokens = usage.Tokens.Output,
        CachedInputTokens = usage.Tokens.CachedInput,
        CacheWriteTokens = usage.Tokens.CacheWrite,
        ReasoningTokens = usage.Tokens.Reasoning,
        Source = usage.Source,
        HttpStatus = usage.HttpStatus,
        Streamed = usage.Streamed,
        Byok = usage.Byok,
        FirstTokenMs = usage.FirstTokenMs,
        DurationMs = usage.DurationMs,
        Attempts = usage.Attempts,
        PriceVersion = usage.PriceVersion,
        CreatedAt = now,
    };

    /// <summary>A request that nobody came back to report on.</summary>
    public static UsageRecord Lost(Hold hold, DateTimeOffset now) => new()
    {
        RequestId = hold.Id,
        AccountId = hold.AccountId,
        Cost = hold.Observed,
        KeyId = hold.KeyId,
        UserId = hold.UserId,
        Day = hold.Day,
        Provider = "",
        Model = "",
        PowerLevel = "",
        Task = "",
        Source = UsageSource.Recovered,
        Attempts = 1,
        CreatedAt = now,
    };

    public static void Configure(EntityTypeBuilder<UsageRecord> usage)
    {
        usage.ToTable("llm_usage", table => table.HasCheckConstraint("ck_llm_usage_cost", "cost >= 0"));
        usage.HasKey(row => row.RequestId);
        usage.Property(row => row.RequestId).ValueGeneratedNever();
        usage.Property(row => row.Source).HasConversion<short>();
        // Both the pages of an account, newest first, and what a day of it cost.
        usage.HasIndex(row => new { row.AccountId, row.Day, row.RequestId });
        // Room on the page for the settlement of a request that had been given up.
        usage.HasStorageParameter("fillfactor", 90);
    }
}
