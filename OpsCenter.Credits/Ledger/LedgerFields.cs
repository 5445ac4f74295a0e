using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>Names of command fields as the wire spells them, for replies and refusals that point at one.</summary>
internal static class LedgerFields
{
    public const string Id = "id";
    public const string AccountId = "account_id";
    public const string KeyId = "key_id";
    public const string UserId = "user_id";
    public const string Tier = "tier";
    public const string Amount = "amount";
    public const string More = "more";
    public const string Observed = "observed";
    public const string Cost = "cost";
    public const string Kind = "kind";
    public const string LeaseSeconds = "lease_seconds";

    private const int LongestLeaseSeconds = 86_400;

    /// <summary>A billion US dollars, so that no single command brings a sum near the end of its 64 bits.</summary>
    private static readonly NanoUsd Most = NanoUsd.FromUsd(1_000_000_000);

    /// <summary>The first field that no ledger could act on, or null. What is merely refused is not found here.</summary>
    public static string? FirstInvalid(LedgerCommand command)
    {
        if (command.Id == Guid.Empty)
            return Id;
        if (command.AccountId == Guid.Empty || SystemAccounts.Contain(command.AccountId))
            return AccountId;
        return command switch
        {
            Reserve reserve when !IsAmount(reserve.Amount) => Amount,
            Reserve reserve when !IsLease(reserve.LeaseSeconds) => LeaseSeconds,
            Reserve { Tier: { } tier } when !Enum.IsDefined(tier) => Tier,
            Extend extend when !IsAmount(extend.More) => More,
            Extend extend when !IsAmount(extend.Observed) => Observed,
            Extend extend when !IsLease(extend.LeaseSeconds) => LeaseSeconds,
            Heartbeat heartbeat when !IsAmount(heartbeat.Observed) => Observed,
            Heartbeat heartbeat when !IsLease(heartbeat.LeaseSeconds) => LeaseSeconds,
            Settle settle when !IsAmount(settle.Cost) => Cost,
            Post post when !Enum.IsDefined(post.Kind) => Kind,
            Post post when post.Amount > Most || post.Amount < -Most => Amount,
            _ => null,
        };
    }

    private static bool IsAmount(NanoUsd amount) => amount >= NanoUsd.Zero && amount <= Most;

    private static bool IsLease(int seconds) => seconds is > 0 and <= LongestLeaseSeconds;
}
