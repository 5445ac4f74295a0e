using OpsCenter.Contracts;

namespace OpsCenter.Credits.Totals;

/// <summary>Which row of <see cref="UsageHour"/>.</summary>
internal readonly record struct UsageKey(Guid AccountId, DateTimeOffset Hour, Guid KeyId, string Provider, string Model);

/// <summary>What is added to it.</summary>
internal readonly record struct UsageSum(long Requests, long InputTokens, long OutputTokens, NanoUsd Cost)
{
    public static UsageSum operator +(UsageSum a, UsageSum b) =>
        new(a.Requests + b.Requests, a.InputTokens + b.InputTokens, a.OutputTokens + b.OutputTokens, a.Cost + b.Cost);
}
