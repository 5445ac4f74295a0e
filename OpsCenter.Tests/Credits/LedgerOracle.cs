using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;

namespace OpsCenter.Tests.Credits;

/// <summary>
/// The ledger told a second time, as plainly as possible: nothing is counted along, every figure is summed up anew from what
/// each request and each payment says. Slow, and with nothing in common with the rules but the contract.
/// </summary>
/// <param name="overshoot">How far requests may bring a balance below zero.</param>
internal sealed class LedgerOracle(long overshoot = long.MaxValue / 2)
{
    private readonly HashSet<Guid> _accounts = [];
    private readonly Dictionary<(Guid Id, PostKind Kind), Post> _posts = [];
    private readonly Dictionary<Guid, Request> _requests = [];
    private readonly List<(Guid Account, Guid? Key, long Cap, string Name)> _budgets = [];

    public IEnumerable<Guid> Accounts => _accounts;

    /// <summary>All stories take place in one day, so a day and a month differ in name only.</summary>
    public void SetBudget(Guid account, Guid? key, long cap, string name) => _budgets.Add((account, key, cap, name));

    /// <summary>What a budget has used and holds.</summary>
    public (long Used, long Held) Spent(Guid account, Guid? key)
    {
        var counted = _requests.Values.Where(request => request.AccountId == account && (key is null || request.KeyId == key)).ToList();
        return (counted.Sum(request => request.Charged), counted.Where(request => request.Stage is Stage.Open).Sum(request => request.Held));
    }

    public LedgerReply Apply(LedgerCommand command)
    {
        var request = _requests.GetValueOrDefault(command.Id);
        var own = request?.AccountId == command.AccountId;
        var open = own && request!.Stage is Stage.Open;
        var (status, detail) = command switch
        {
            Post post => Decide(post),
            Reserve reserve => Decide(reserve, request),
            Settle when request is not null && !own => (LedgerStatus.Conflict, "account_id"),
            Settle settle => Decide(settle, request),
            Extend extend when open => Decide(extend, request!),
            Heartbeat heartbeat when open => Decide(heartbeat, request!),
            Release when open => End(request!, Stage.Released, 0, LedgerStatus.Ok),
            Release when own && request!.Stage is Stage.Released => (LedgerStatus.Duplicate, null),
            Recover when open && request!.RanOut => End(request, Stage.Recovered, request.Observed, LedgerStatus.Ok),
            _ => (LedgerStatus.Gone, null),
        };
        return new LedgerReply(command.Id, status, new NanoUsd(Available(command.AccountId)), detail);
    }

    public void LetLeasesRunOut()
    {
        foreach (var request in _requests.Values)
            request.RanOut = true;
    }

    public long Posted(Guid account) =>
        _posts.Values.Where(post => post.AccountId == account).Sum(post => post.Amount.Value)
        - _requests.Values.Where(request => request.AccountId == account).Sum(request => request.Charged - request.WrittenOff);

    public long Held(Guid account) =>
        _requests.Values.Where(request => request.AccountId == account && request.Stage is Stage.Open).Sum(request => request.Held);

    private long Available(Guid account) => Posted(account) - Held(account);

    private (LedgerStatus, string?) Decide(Post post)
    {
        if (_posts.TryGetValue((post.Id, post.Kind), out var first))
        {
            if (first.AccountId != post.AccountId)
                return (LedgerStatus.Conflict, "account_id");
            return first.Amount == post.Amount ? (LedgerStatus.Duplicate, null) : (LedgerStatus.Conflict, "amount");
        }

        _posts.Add((post.Id, post.Kind), post);
        _accounts.Add(post.AccountId);
        return (LedgerStatus.Ok, null);
    }

    private (LedgerStatus, string?) Decide(Reserve reserve, Request? request)
    {
        if (request is { Initial: { } initial })
        {
            if (request.AccountId != reserve.AccountId)
                return (LedgerStatus.Conflict, "account_id");
            if (request.KeyId != reserve.KeyId)
                return (LedgerStatus.Conflict, "key_id");
            if (initial != reserve.Amount.Value)
                return (LedgerStatus.Conflict, "amount");
            return (request.Stage is Stage.Open ? LedgerStatus.Duplicate : LedgerStatus.Gone, null);
        }

        if (request is not null)
            return (LedgerStatus.Gone, null);
        if (!_accounts.Contains(reserve.AccountId))
            return (LedgerStatus.UnknownAccount, null);
        if (Available(reserve.AccountId) < reserve.Amount.Value)
            return (LedgerStatus.InsufficientCredits, null);
        if (Exceeded(reserve.AccountId, reserve.KeyId, reserve.Amount.Value) is { } budget)
            return (LedgerStatus.BudgetExceeded, budget);
        _requests.Add(reserve.Id, new Request(reserve.AccountId) { KeyId = reserve.KeyId, Initial = reserve.Amount.Value, Held = reserve.Amount.Value });
        return (LedgerStatus.Ok, null);
    }

    private (LedgerStatus, string?) Decide(Extend extend, Request request)
    {
        Decide(new Heartbeat(extend.Id, extend.AccountId, extend.Observed, extend.LeaseSeconds), request);
        if (Available(extend.AccountId) < extend.More.Value)
            return (LedgerStatus.InsufficientCredits, null);
        if (Exceeded(extend.AccountId, request.KeyId, extend.More.Value) is { } budget)
            return (LedgerStatus.BudgetExceeded, budget);
        request.Held += extend.More.Value;
        return (LedgerStatus.Ok, null);
    }

    private static (LedgerStatus, string?) Decide(Heartbeat heartbeat, Request request)
    {
        request.Observed = Math.Max(request.Observed, heartbeat.Observed.Value);
        request.RanOut = false;
        return (LedgerStatus.Ok, null);
    }

    private (LedgerStatus, string?) Decide(Settle settle, Request? request)
    {
        var cost = settle.Cost.Value;
        switch (request?.Stage)
        {
            case Stage.Settled:
                return request.Charged == cost ? (LedgerStatus.Duplicate, null) : (LedgerStatus.Conflict, "cost");
            case Stage.Open:
                return End(request, Stage.Settled, cost, LedgerStatus.Ok);
            case Stage.Recovered:
                return End(request, Stage.Settled, cost, LedgerStatus.Late);
            default:
                if (request is null)
                    _requests.Add(settle.Id, request = new Request(settle.AccountId) { KeyId = settle.Usage.KeyId });
                if (cost > 0)
                    _accounts.Add(settle.AccountId);
                return End(request, Stage.Settled, cost, cost > 0 ? LedgerStatus.Late : LedgerStatus.Ok);
        }
    }

    private string? Exceeded(Guid account, Guid? key, long more) => _budgets
        .Where(budget => budget.Account == account && (budget.Key is null || budget.Key == key))
        .Where(budget => Spent(account, budget.Key) is var (used, held) && used + held + more > budget.Cap)
        .Select(budget => budget.Name)
        .FirstOrDefault();

    private (LedgerStatus, string?) End(Request request, Stage stage, long charged, LedgerStatus status)
    {
        request.Stage = stage;
        // What an earlier recovery charged, and wrote off, is undone by the figures of the settlement.
        (request.Charged, request.WrittenOff) = (0, 0);
        var beyond = -overshoot - (Posted(request.AccountId) - charged);
        (request.Charged, request.WrittenOff) = (charged, Math.Clamp(beyond, 0, charged));
        return (status, null);
    }

    private enum Stage
    {
        Open,
        Settled,
        Recovered,
        Released,
    }

    private sealed class Request(Guid accountId)
    {
        public Guid AccountId => accountId;

        /// <summary>Null for a request that never reserved.</summary>
        public long? Initial { get; init; }

        public long Held { get; set; }

        public long Observed { get; set; }

        public long Charged { get; set; }

        public long WrittenOff { get; set; }

        public Guid? KeyId { get; init; }

        public Stage Stage { get; set; }

        public bool RanOut { get; set; }
    }
}
