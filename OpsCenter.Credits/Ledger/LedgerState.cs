using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// The part of the ledger that one batch of commands touches: what was read under lock, changed in place by
/// <see cref="LedgerRules"/>, and what there is to write afterwards. Lives for one transaction.
/// </summary>
/// <param name="now">The transaction's time, which is Postgres's.</param>
internal sealed class LedgerState(DateTimeOffset now)
{
    private readonly Dictionary<Guid, Account> _accounts = [];
    private readonly Dictionary<Guid, Hold> _holds = [];
    private readonly Dictionary<Guid, SettledRequest> _settled = [];
    private readonly Dictionary<(Guid Id, EntryKind Kind), PostedEntry> _posted = [];
    private readonly HashSet<Account> _openedAccounts = [];
    private readonly HashSet<Account> _changedAccounts = [];
    private readonly HashSet<Hold> _openedHolds = [];
    private readonly HashSet<Hold> _changedHolds = [];
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<Guid, UsageRecord> _usage = [];

    public DateTimeOffset Now => now;

    /// <summary>The UTC day of <see cref="Now"/>.</summary>
    public DateOnly Today { get; } = DateOnly.FromDateTime(now.UtcDateTime);

    public IReadOnlyCollection<Account> OpenedAccounts => _openedAccounts;

    public IReadOnlyCollection<Account> ChangedAccounts => _changedAccounts;

    public IReadOnlyCollection<Hold> OpenedHolds => _openedHolds;

    public IReadOnlyCollection<Hold> ChangedHolds => _changedHolds;

    public IReadOnlyCollection<Entry> Entries => _entries;

    public IReadOnlyCollection<UsageRecord> Usage => _usage.Values;

    /// <summary>
    /// True when a power cut must not undo this: money moved, usage was recorded, or a hold was given back that would else
    /// be recovered at what it had observed. A hold that is merely forgotten is the customer's gain.
    /// </summary>
    public bool MustLast { get; private set; }

    public void Know(Account account) => _accounts.Add(account.AccountId, account);

    public void Know(Hold hold) => _holds.Add(hold.Id, hold);

    public void Know(Guid requestId, SettledRequest settled) => _settled.Add(requestId, settled);

    public void Know(Guid id, EntryKind kind, PostedEntry entry) => _posted.Add((id, kind), entry);

    public Account? Account(Guid accountId) => _accounts.GetValueOrDefault(accountId);

    public Hold? Hold(Guid requestId) => _holds.GetValueOrDefault(requestId);

    public SettledRequest? Settled(Guid requestId) => _settled.TryGetValue(requestId, out var settled) ? settled : null;

    public PostedEntry? Posted(Guid id, EntryKind kind) => _posted.TryGetValue((id, kind), out var posted) ? posted : null;

    public Account OpenAccount(Guid accountId)
    {
        var account = new Account { AccountId = accountId };
        _accounts.Add(accountId, account);
        _openedAccounts.Add(account);
        MustLast = true;
        return account;
    }

    public void Open(Hold hold)
    {
        _holds.Add(hold.Id, hold);
        _openedHolds.Add(hold);
    }

    public void Changed(Account account)
    {
        if (!_openedAccounts.Contains(account))
            _changedAccounts.Add(account);
    }

    public void Changed(Hold hold)
    {
        if (!_openedHolds.Contains(hold))
            _changedHolds.Add(hold);
        MustLast |= hold is { State: HoldState.Released, Observed.Value: > 0 };
    }

    /// <summary>Writes down a movement that <paramref name="account"/> has just booked.</summary>
    public void Write(Account account, Guid id, EntryKind kind, NanoUsd amount, string? memo = null)
    {
        var opposite = SystemAccounts.OppositeOf(kind);
        var credits = amount >= NanoUsd.Zero;
        _entries.Add(new Entry
        {
            Id = id,
            Kind = kind,
            AccountId = account.AccountId,
            Number = account.LastEntry,
            DebitAccount = credits ? opposite : account.AccountId,
            CreditAccount = credits ? account.AccountId : opposite,
            Amount = credits ? amount : -amount,
            BalanceAfter = account.Posted,
            CreatedAt = Now,
            Memo = memo,
        });
        _posted.Add((id, kind), new PostedEntry(account.AccountId, amount));
        Changed(account);
        MustLast = true;
    }

    /// <summary>Writes down what a request used, in place of what a recovery wrote.</summary>
    public void Record(UsageRecord usage)
    {
        _usage[usage.RequestId] = usage;
        _settled[usage.RequestId] = new SettledRequest(usage.AccountId, usage.Cost);
        MustLast = true;
    }
}

/// <summary>What the usage row of a request says about its bill.</summary>
internal readonly record struct SettledRequest(Guid AccountId, NanoUsd Cost);

/// <summary>What an entry says about its movement, signed as the customer sees it.</summary>
internal readonly record struct PostedEntry(Guid AccountId, NanoUsd Amount);
