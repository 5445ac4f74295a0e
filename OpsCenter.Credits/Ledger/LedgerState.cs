using System.Globalization;
using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;
using OpsCenter.Credits.Totals;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// The part of the ledger that one batch of commands touches: what was read under lock, changed in place by
/// <see cref="LedgerRules"/>, and what there is to write afterwards. Lives for one transaction.
/// </summary>
/// <param name="now">The transaction's time, which is Postgres's.</param>
/// <param name="terms">What the operator has configured.</param>
internal sealed class LedgerState(DateTimeOffset now, LedgerTerms terms)
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
    private readonly Dictionary<Tier, PlanLimits> _plans = [];
    private readonly Dictionary<Guid, List<Limit>> _limits = [];
    private readonly Dictionary<(Limit Limit, DateOnly StartsOn), Budget> _budgets = [];
    private readonly HashSet<Budget> _changedBudgets = [];
    private readonly List<OutboxMessage> _messages = [];
    private readonly Dictionary<UsageKey, UsageSum> _hours = [];

    public DateTimeOffset Now => now;

    public LedgerTerms Terms => terms;

    /// <summary>The UTC day of <see cref="Now"/>.</summary>
    public DateOnly Today { get; } = DateOnly.FromDateTime(now.UtcDateTime);

    public IReadOnlyCollection<Account> OpenedAccounts => _openedAccounts;

    public IReadOnlyCollection<Account> ChangedAccounts => _changedAccounts;

    public IReadOnlyCollection<Hold> OpenedHolds => _openedHolds;

    public IReadOnlyCollection<Hold> ChangedHolds => _changedHolds;

    public IReadOnlyCollection<Entry> Entries => _entries;

    public IReadOnlyCollection<UsageRecord> Usage => _usage.Values;

    public IReadOnlyCollection<Budget> ChangedBudgets => _changedBudgets;

    public IReadOnlyCollection<OutboxMessage> Messages => _messages;

    /// <summary>What is to be added to the hours, or taken from them.</summary>
    public IReadOnlyDictionary<UsageKey, UsageSum> Hours => _hours;

    /// <summary>
    /// True when a power cut must not undo this: money moved, usage was recorded, or a hold was given back that would else
    /// be recovered at what it had observed. A hold that is merely forgotten is the customer's gain.
    /// </summary>
    public bool MustLast { get; private set; }

    public void Know(Account account) => _accounts.Add(account.AccountId, account);

    public void Know(Hold hold) => _holds.Add(hold.Id, hold);

    public void Know(Guid requestId, SettledRequest settled) => _settled.Add(requestId, settled);

    public void Know(Guid id, EntryKind kind, PostedEntry entry) => _posted.Add((id, kind), entry);

    public void Know(Tier tier, PlanLimits plan) => _plans[tier] = plan;

    /// <summary>Returns the limit that is known already, so that a budget finds the one it belongs to.</summary>
    public Limit Know(Limit limit)
    {
        if (!_limits.TryGetValue(limit.AccountId, out var limits))
            _limits.Add(limit.AccountId, limits = []);
        var known = limits.Find(other =>
            other.ScopeKind == limit.ScopeKind && other.ScopeId == limit.ScopeId && other.Period == limit.Period);
        if (known is null)
            limits.Add(known = limit);
        return known;
    }

    public void Know(Limit limit, Budget budget) => _budgets.Add((limit, budget.StartsOn), budget);

    public PlanLimits? Plan(Tier? tier) => tier is { } named && _plans.TryGetValue(named, out var plan) ? plan : null;

    /// <summary>
    /// The budgets that count a request of <paramref name="day"/>. One whose period has just begun starts at zero; one that was
    /// set after its period had ended never counted, and is left out.
    /// </summary>
    public IEnumerable<(Limit Limit, Budget Budget)> Budgets(Guid accountId, Guid? keyId, Guid? userId, DateOnly day)
    {
        if (!_limits.TryGetValue(accountId, out var limits))
            yield break;
        foreach (var limit in limits)
        {
            if (!limit.Bounds(keyId, userId))
                continue;
            var start = limit.Period.StartOf(day);
            if (!_budgets.TryGetValue((limit, start), out var budget))
            {
                if (start != limit.Period.StartOf(Today))
                    continue;
                budget = new Budget
                {
                    AccountId = accountId,
                    ScopeKind = limit.ScopeKind,
                    ScopeId = limit.ScopeId,
                    Period = limit.Period,
                    StartsOn = start,
                };
                Know(limit, budget);
            }

            yield return (limit, budget);
        }
    }

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

    public void Changed(Budget budget) => _changedBudgets.Add(budget);

    public void Alert(Limit limit, Budget budget) => _messages.Add(new OutboxMessage
    {
        Topic = OutboxMessage.BudgetAlert,
        Ref = string.Create(CultureInfo.InvariantCulture, $"{limit.Name} {limit.ScopeId:N} {budget.StartsOn:yyyy-MM-dd}"),
        Payload = Alerts.Of(limit, budget),
        CreatedAt = Now,
        NextAttemptAt = Now,
    });

    public void AlertWriteoff(UsageRecord usage, EntryKind kind, NanoUsd amount) => _messages.Add(new OutboxMessage
    {
        Topic = OutboxMessage.Writeoff,
        Ref = string.Create(CultureInfo.InvariantCulture, $"{usage.RequestId} {(short)kind}"),
        Payload = Alerts.OfWriteoff(usage.AccountId, usage.RequestId, amount),
        CreatedAt = Now,
        NextAttemptAt = Now,
    });

    /// <summary>Tells Lago what a request used, if there is a Lago to tell.</summary>
    public void Tell(UsageRecord usage, NanoUsd cost, string? occasion = null)
    {
        if (Terms.TellsLago)
            _messages.Add(LagoEvent.Message(usage, cost, occasion, Now));
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
        _settled[usage.RequestId] = new SettledRequest(usage.AccountId, usage.Cost, usage.CreatedAt);
        Count(usage, 1);
        MustLast = true;
    }

    /// <summary>Takes a recovery out of its hour, where the settlement will count the request as what it was.</summary>
    public void Uncount(UsageRecord usage) => Count(usage, -1);

    private void Count(UsageRecord usage, int sign)
    {
        var at = usage.CreatedAt.UtcDateTime;
        var hour = new DateTimeOffset(at.Date.AddHours(at.Hour), TimeSpan.Zero);
        var key = new UsageKey(usage.AccountId, hour, usage.KeyId ?? Guid.Empty, usage.Provider, usage.Model);
        _hours[key] = _hours.GetValueOrDefault(key) + new UsageSum(
            sign, sign * usage.InputTokens, sign * usage.OutputTokens, new NanoUsd(sign * usage.Cost.Value));
    }
}

/// <summary>What the usage row of a request says about its bill.</summary>
internal readonly record struct SettledRequest(Guid AccountId, NanoUsd Cost, DateTimeOffset CreatedAt);

/// <summary>What a plan has to say to the ledger.</summary>
internal readonly record struct PlanLimits(NanoUsd MonthlyCap, int MaxOpenHolds);

/// <param name="MaxOvershoot">How far below its floor requests may bring a balance.</param>
/// <param name="TellsLago">Whether a Lago is configured.</param>
internal sealed record LedgerTerms(NanoUsd MaxOvershoot, bool TellsLago = false);

/// <summary>What an entry says about its movement, signed as the customer sees it.</summary>
internal readonly record struct PostedEntry(Guid AccountId, NanoUsd Amount);
