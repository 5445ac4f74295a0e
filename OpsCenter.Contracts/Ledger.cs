using System.Text.Json.Serialization;

namespace OpsCenter.Contracts;

/// <summary>
/// The credit ledger as the Gateway sees it. Two implementations: in process (Standalone) and over HTTP, where the calls
/// of many requests travel in one batch. Both are idempotent by the id of the command.
/// </summary>
public interface ICredits
{
    /// <summary>Carries out one ledger command. An expected refusal is a <see cref="LedgerStatus"/>, never an exception.</summary>
    /// <exception cref="CreditsUnavailableException">The ledger cannot be asked; prepaid requests are refused meanwhile.</exception>
    Task<LedgerReply> ApplyAsync(LedgerCommand command, CancellationToken ct);

    /// <summary>The account's balance, or null when the ledger does not know the account.</summary>
    Task<Balance?> GetBalanceAsync(Guid accountId, CancellationToken ct);

    /// <summary>The account's ledger rows, newest first, from before the row numbered <paramref name="after"/>.</summary>
    Task<TransactionPage> GetTransactionsAsync(Guid accountId, long? after, int limit, CancellationToken ct);
}

/// <summary>The ledger could not be reached or is over its limits. Nothing was decided; the same command may be sent again.</summary>
public sealed class CreditsUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>One operation on the ledger. <see cref="Id"/> is its natural key: sent twice, it happens once.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "op")]
[JsonDerivedType(typeof(Reserve), "reserve")]
[JsonDerivedType(typeof(Extend), "extend")]
[JsonDerivedType(typeof(Heartbeat), "heartbeat")]
[JsonDerivedType(typeof(Settle), "settle")]
[JsonDerivedType(typeof(Release), "release")]
[JsonDerivedType(typeof(Post), "post")]
public abstract record LedgerCommand(Guid Id, Guid AccountId);

/// <summary>
/// Holds <see cref="Amount"/> for a request, for <see cref="LeaseSeconds"/> unless renewed. <c>Id</c> is the request's id.
/// Refused unless the balance, the plan of <see cref="Tier"/> and every budget of the account, the key and the user have room.
/// </summary>
/// <param name="Id">The request's id.</param>
/// <param name="AccountId">Who pays.</param>
/// <param name="KeyId">The key that asked, when it was a key.</param>
/// <param name="Amount">The most it can cost.</param>
/// <param name="LeaseSeconds">How long the hold lasts without a sign of life.</param>
/// <param name="UserId">The person who asked, when it was one.</param>
/// <param name="Tier">The plan to admit by; without one, the balance and the budgets decide alone.</param>
public sealed record Reserve(
    Guid Id, Guid AccountId, Guid? KeyId, NanoUsd Amount, int LeaseSeconds, Guid? UserId = null, Tier? Tier = null)
    : LedgerCommand(Id, AccountId);

/// <summary>Adds <see cref="More"/> to an open hold, on the same conditions as a new one, and renews its lease.</summary>
public sealed record Extend(Guid Id, Guid AccountId, NanoUsd More, NanoUsd Observed, int LeaseSeconds) : LedgerCommand(Id, AccountId);

/// <summary>Renews the lease of an open hold and notes the cost seen so far, which is what a lost request is charged.</summary>
public sealed record Heartbeat(Guid Id, Guid AccountId, NanoUsd Observed, int LeaseSeconds) : LedgerCommand(Id, AccountId);

/// <summary>
/// Charges what a request cost, ends its hold if it had one, and records its usage, all in one transaction. Always succeeds:
/// the money is owed already.
/// </summary>
public sealed record Settle(Guid Id, Guid AccountId, NanoUsd Cost, Usage Usage) : LedgerCommand(Id, AccountId);

/// <summary>Ends a hold that will not be charged.</summary>
public sealed record Release(Guid Id, Guid AccountId) : LedgerCommand(Id, AccountId);

/// <summary>
/// Puts money into (positive) or takes it out of (negative) an account for a reason other than a request. Opens the account
/// if the ledger does not know it. <c>Id</c> with <see cref="Kind"/> is the natural key.
/// </summary>
public sealed record Post(Guid Id, Guid AccountId, PostKind Kind, NanoUsd Amount, string? Memo = null) : LedgerCommand(Id, AccountId);

[JsonConverter(typeof(JsonStringEnumConverter<PostKind>))]
public enum PostKind
{
    Purchase = 1,
    Grant = 2,
    Refund = 3,
    Dispute = 4,
    Adjustment = 5,
    Expiry = 6,
}

/// <summary>What became of a command. <see cref="Available"/> is what the account could still hold afterwards.</summary>
/// <param name="Id">The command's id.</param>
/// <param name="Status">The outcome.</param>
/// <param name="Available">posted − pending − floor after the command.</param>
/// <param name="Detail">For a refusal, which limit refused or which field differs; else null.</param>
public sealed record LedgerReply(Guid Id, LedgerStatus Status, NanoUsd Available, string? Detail = null);

[JsonConverter(typeof(JsonStringEnumConverter<LedgerStatus>))]
public enum LedgerStatus
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Done before, with the same figures; nothing changed.</summary>
    Duplicate,

    /// <summary>Done before with other figures; the first stands, and the difference is a bug to look into.</summary>
    Conflict,

    /// <summary>Settled after the hold had been recovered by the sweeper (or was lost in a crash); posted to the exact net.</summary>
    Late,

    /// <summary>The balance does not cover the amount.</summary>
    InsufficientCredits,

    /// <summary>A budget does not cover the amount; <see cref="LedgerReply.Detail"/> names its scope.</summary>
    BudgetExceeded,

    /// <summary>The account is frozen or restricted.</summary>
    Frozen,

    /// <summary>There is no open hold with this id.</summary>
    Gone,

    /// <summary>The ledger does not know the account.</summary>
    UnknownAccount,
}

/// <summary>One row of usage: who asked, who served, what was counted. Kept with the charge, so that no page can disagree with the bill.</summary>
public sealed record Usage(
    Guid? KeyId,
    string Provider,
    string Model,
    string PowerLevel,
    string Task,
    TokenCounts Tokens,
    UsageSource Source,
    int HttpStatus,
    bool Streamed,
    bool Byok,
    int? FirstTokenMs,
    int DurationMs,
    int Attempts,
    long PriceVersion,
    Guid? UserId = null);

[JsonConverter(typeof(JsonStringEnumConverter<UsageSource>))]
public enum UsageSource
{
    /// <summary>Counted by the provider.</summary>
    Provider = 0,

    /// <summary>The provider was silent or absurd; counted here.</summary>
    Estimated = 1,

    /// <summary>The request was lost; charged at the last cost its heartbeat carried.</summary>
    Recovered = 2,
}

/// <param name="AccountId">Whose.</param>
/// <param name="Posted">Everything credited minus everything charged.</param>
/// <param name="Held">The sum of open holds.</param>
/// <param name="Available">What a new request may hold.</param>
/// <param name="UsedThisMonth">Charged since the first of the month, UTC.</param>
public sealed record Balance(Guid AccountId, NanoUsd Posted, NanoUsd Held, NanoUsd Available, NanoUsd UsedThisMonth);

/// <summary>
/// One movement on a customer account. <see cref="Amount"/> is signed as the customer sees it: charges are negative.
/// <see cref="Number"/> counts the account's movements without a gap, so it names a row where <see cref="Id"/> may not: a
/// request that was recovered and settled later has two rows.
/// </summary>
public sealed record LedgerTransaction(
    Guid Id,
    long Number,
    string Kind,
    NanoUsd Amount,
    NanoUsd BalanceAfter,
    DateTimeOffset CreatedAt,
    string? Provider,
    string? Model,
    string? Memo);

public sealed record TransactionPage(IReadOnlyList<LedgerTransaction> Data, bool HasMore);

public sealed record LedgerBatch(IReadOnlyList<LedgerCommand> Commands);

public sealed record LedgerReplies(IReadOnlyList<LedgerReply> Replies);
