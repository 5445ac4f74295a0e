using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Totals;

/// <summary>
/// What one account used of one model in one hour with one key: the sum of its usage rows, kept by the transactions that
/// write them, so that a total never has to read the rows and never differs from them.
/// </summary>
internal sealed class UsageHour
{
    public required Guid AccountId { get; init; }

    /// <summary>The beginning of the hour, UTC.</summary>
    public required DateTimeOffset Hour { get; init; }

    /// <summary>Empty for requests without a key.</summary>
    public required Guid KeyId { get; init; }

    public required string Provider { get; init; }

    public required string Model { get; init; }

    public long Requests { get; init; }

    public long InputTokens { get; init; }

    public long OutputTokens { get; init; }

    public required NanoUsd Cost { get; init; }

    public static void Configure(EntityTypeBuilder<UsageHour> hour)
    {
        hour.ToTable("usage_hourly");
        hour.HasKey(row => new { row.AccountId, row.Hour, row.KeyId, row.Provider, row.Model });
        hour.HasStorageParameter("fillfactor", 70);
    }
}
