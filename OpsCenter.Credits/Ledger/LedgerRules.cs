using OpsCenter.Contracts;
using OpsCenter.Credits.Billing;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// What each command does to the ledger and what it is answered. No I/O, no clock: the state carries everything the rules
/// look at. Arithmetic throws on overflow; the state is worthless then, and the lane tries the batch's other commands anew.
/// </summary>
internal static class LedgerRules
{
    /// <summary>What a refusal names beside the budgets that people set.</summary>
    internal static class Budgets
    {
        public const string PlanMonth = "plan month";
        public const string OpenHolds = "open holds";
    }

    public static LedgerReply Apply(LedgerState state, LedgerCommand command) => command switch
    {
        Reserve reserve => Apply(state, reserve),
        Extend extend => Apply(state, extend),
        Heartbeat heartbeat => Apply(state, heartbeat),
        Settle settle => Apply(state, settle),
        Release release => Apply(state, release),
        Post post => Apply(state, post),
        Recover recover => Apply(state, recover),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "The ledger knows no such command."),
    };

    private static LedgerReply Apply(LedgerState state, Reserve reserve)
    {
        var account = state.Account(reserve.AccountId);
        if (state.Hold(reserve.Id) is { } known)
        {
            if (known.DifferenceFrom(reserve) is { } field)
                return Reply(reserve, LedgerStatus.Conflict, account, field);
            return known.State is HoldState.Open
                ? Reply(reserve, LedgerStatus.Duplicate, account)
                : Reply(reserve, LedgerStatus.Gone, account);
        }

        // A reservation that a crash forgot and a late retry brings back: the request has been charged, it needs no hold.
        if (state.Settled(reserve.Id) is not null)
            return Reply(reserve, LedgerStatus.Gone, account);
        if (account is null)
            return Reply(reserve, LedgerStatus.UnknownAccount, account);

        var plan = state.Plan(reserve.Tier);
        var hold = new Hold
        {
            Id = reserve.Id,
            AccountId = reserve.AccountId,
            KeyId = reserve.KeyId,
            UserId = reserve.UserId,
            Day = state.Today,
            MonthCap = plan?.MonthlyCap ?? NanoUsd.Zero,
            Initial = reserve.Amount,
            Amount = reserve.Amount,
            ExpiresAt = state.Now.AddSeconds(reserve.LeaseSeconds),
        };
        if (account.Refuses(reserve.Amount) is { } refusal)
            return Reply(reserve, refusal, account);
        if (account.OpenHolds >= plan?.MaxOpenHolds)
            return Reply(reserve, LedgerStatus.BudgetExceeded, account, Budgets.OpenHolds);
        if (WithoutRoom(state, account, hold, reserve.Amount) is { } budget)
            return Reply(reserve, LedgerStatus.BudgetExceeded, account, budget);

        account.Pending += reserve.Amount;
        account.OpenHolds++;
        state.Changed(account);
        HoldInBudgets(state, hold, reserve.Amount);
        state.Open(hold);
        return Reply(reserve, LedgerStatus.Ok, account);
    }

    /// <summary>
    /// An extension has no key of its own: repeated after a lost reply it holds more than is needed, until the request is
    /// settled. It never holds less, and a hold is not a charge.
    /// </summary>
    private static LedgerReply Apply(LedgerState state, Extend extend)
    {
        if (OpenHold(state, extend) is not var (account, hold))
            return Gone(state, extend);

        // Refused or not, the request is alive and has cost this much.
        Renew(state, hold, extend.Observed, extend.LeaseSeconds);
        if (account.Refuses(extend.More) is { } refusal)
            return Reply(extend, refusal, account);
        if (WithoutRoom(state, account, hold, extend.More) is { } budget)
            return Reply(extend, LedgerStatus.BudgetExceeded, account, budget);

        var amount = hold.Amount + extend.More;
        account.Pending += extend.More;
        hold.Amount = amount;
        HoldInBudgets(state, hold, extend.More);
        state.Changed(account);
        return Reply(extend, LedgerStatus.Ok, account);
    }

    private static LedgerReply Apply(LedgerState state, Heartbeat heartbeat)
    {
        if (OpenHold(state, heartbeat) is not var (account, hold))
            return Gone(state, heartbeat);
        Renew(state, hold, heartbeat.Observed, heartbeat.LeaseSeconds);
        return Reply(heartbeat, LedgerStatus.Ok, account);
    }

    private static LedgerReply Apply(LedgerState state, Settle settle)
    {
        var account = state.Account(settle.AccountId);
        var hold = state.Hold(settle.Id);
        var settled = state.Settled(settle.Id);
        if ((hold?.AccountId ?? settled?.AccountId ?? settle.AccountId) != settle.AccountId)
            return Reply(settle, LedgerStatus.Conflict, account, LedgerFields.AccountId);

        if (hold is { State: HoldState.Recovered } && account is not null)
            return Correct(state, settle, account, hold);

        if (settled is { } first)
        {
            return first.Cost == settle.Cost
                ? Reply(settle, LedgerStatus.Duplicate, account)
                : Reply(settle, LedgerStatus.Conflict, account, LedgerFields.Cost);
        }

        var held = hold is { State: HoldState.Open };
        // The money is owed whether or not the ledger has met the account; a request that cost nothing opens none.
        if (account is null && settle.Cost > NanoUsd.Zero)
            account = state.OpenAccount(settle.AccountId);
        var usage = UsageRecord.Of(settle, hold, state.Today, state.Now);
        if (account is not null)
        {
            Charge(state, account, usage, EntryKind.Charge, settle.Cost);
            if (hold is not null)
                Close(state, account, hold, HoldState.Settled);
        }

        state.Record(usage);
        state.Tell(usage, usage.Cost);
        return Reply(settle, held || settle.Cost == NanoUsd.Zero ? LedgerStatus.Ok : LedgerStatus.Late, account);
    }

    /// <summary>The sweeper was first and charged what was observed: what is left to charge, or to give back, is the difference.</summary>
    private static LedgerReply Correct(LedgerState state, Settle settle, Account account, Hold hold)
    {
        var difference = settle.Cost - hold.Observed;
        // It stays in the hour in which it was recovered, where the recovery has counted it.
        var usage = UsageRecord.Of(settle, hold, state.Today, state.Settled(settle.Id)?.CreatedAt ?? state.Now);
        Charge(state, account, usage, EntryKind.Correction, difference, hold.WrittenOff);
        hold.WrittenOff = NanoUsd.Zero;
        Close(state, account, hold, HoldState.Settled);
        if (hold.Observed > NanoUsd.Zero)
            state.Uncount(UsageRecord.Lost(hold, usage.CreatedAt));
        state.Record(usage);
        state.Tell(usage, difference, LagoEvent.Correction);
        return Reply(settle, LedgerStatus.Late, account);
    }

    private static LedgerReply Apply(LedgerState state, Release release)
    {
        var account = state.Account(release.AccountId);
        if (state.Hold(release.Id) is not { } hold || hold.AccountId != release.AccountId || account is null)
            return Gone(state, release);
        switch (hold.State)
        {
            case HoldState.Open:
                Close(state, account, hold, HoldState.Released);
                return Reply(release, LedgerStatus.Ok, account);
            case HoldState.Released:
                return Reply(release, LedgerStatus.Duplicate, account);
            default:
                return Reply(release, LedgerStatus.Gone, account);
        }
    }

    private static LedgerReply Apply(LedgerState state, Post post)
    {
        var account = state.Account(post.AccountId);
        var kind = (EntryKind)post.Kind;
        if (state.Posted(post.Id, kind) is { } known)
        {
            if (known.AccountId != post.AccountId)
                return Reply(post, LedgerStatus.Conflict, account, LedgerFields.AccountId);
            return known.Amount == post.Amount
                ? Reply(post, LedgerStatus.Duplicate, account)
                : Reply(post, LedgerStatus.Conflict, account, LedgerFields.Amount);
        }

        account ??= state.OpenAccount(post.AccountId);
        account.Book(post.Amount);
        state.Write(account, post.Id, kind, post.Amount, post.Memo is { } memo ? LedgerText.Storable(memo) : null);
        return Reply(post, LedgerStatus.Ok, account);
    }

    /// <summary>The sweeper found the hold without a lock; here, under it, the hold may have been renewed or settled since.</summary>
    private static LedgerReply Apply(LedgerState state, Recover recover)
    {
        if (OpenHold(state, recover) is not var (account, hold) || hold.ExpiresAt > state.Now)
            return Gone(state, recover);

        if (hold.Observed > NanoUsd.Zero)
        {
            var usage = UsageRecord.Lost(hold, state.Now);
            hold.WrittenOff = Charge(state, account, usage, EntryKind.Recovery, hold.Observed);
            state.Record(usage);
            state.Tell(usage, usage.Cost, LagoEvent.Recovery);
        }

        Close(state, account, hold, HoldState.Recovered);
        return Reply(recover, LedgerStatus.Ok, account);
    }

    private static (Account Account, Hold Hold)? OpenHold(LedgerState state, LedgerCommand command) =>
        state.Hold(command.Id) is { State: HoldState.Open } hold
        && hold.AccountId == command.AccountId
        && state.Account(command.AccountId) is { } account
            ? (account, hold)
            : null;

    private static void Renew(LedgerState state, Hold hold, NanoUsd observed, int leaseSeconds)
    {
        hold.Observed = NanoUsd.Max(hold.Observed, observed);
        hold.ExpiresAt = state.Now.AddSeconds(leaseSeconds);
        state.Changed(hold);
    }

    /// <summary>Charges <paramref name="cost"/>, counts it in the periods of the request's day, and says what was written off.</summary>
    private static NanoUsd Charge(
        LedgerState state, Account account, UsageRecord usage, EntryKind kind, NanoUsd cost, NanoUsd writtenOff = default)
    {
        if (cost != NanoUsd.Zero)
        {
            account.Book(-cost);
            account.CountUse(cost, usage.Day);
            state.Write(account, usage.RequestId, kind, -cost);
            foreach (var (limit, budget) in state.Budgets(account.AccountId, usage.KeyId, usage.UserId, usage.Day))
            {
                budget.Used += cost;
                state.Changed(budget);
                if (!budget.Alerted && (Int128)budget.Used.Value * 100 >= (Int128)limit.Cap.Value * limit.AlertPercent)
                {
                    budget.Alerted = true;
                    state.Alert(limit, budget);
                }
            }
        }

        return WriteOff(state, account, usage, kind, writtenOff);
    }

    /// <summary>
    /// The part of the bill that lies below the bound goes to the write-off account, in the open: the bill stays whole, and
    /// beside it stands what is not asked for. A correction may also take back what a recovery wrote off.
    /// </summary>
    private static NanoUsd WriteOff(LedgerState state, Account account, UsageRecord usage, EntryKind kind, NanoUsd already)
    {
        var bound = account.Floor - state.Terms.MaxOvershoot;
        var beyond = NanoUsd.Max(bound - (account.Posted - already), NanoUsd.Zero);
        var due = NanoUsd.Min(beyond, usage.Cost);
        if (due == already)
            return due;

        account.Book(due - already);
        state.Write(
            account,
            usage.RequestId,
            kind is EntryKind.Correction ? EntryKind.WriteoffCorrection : EntryKind.Writeoff,
            due - already);
        state.AlertWriteoff(usage, kind, due - already);
        return due;
    }

    /// <summary>The budget that cannot take <paramref name="more"/>, by its name, or null.</summary>
    private static string? WithoutRoom(LedgerState state, Account account, Hold hold, NanoUsd more)
    {
        if (hold.MonthCap > NanoUsd.Zero && account.SpentInMonthOf(hold.Day) + more > hold.MonthCap)
            return Budgets.PlanMonth;
        foreach (var (limit, budget) in state.Budgets(hold.AccountId, hold.KeyId, hold.UserId, hold.Day))
        {
            if (budget.Used + budget.Pending + more > limit.Cap)
                return limit.Name;
        }

        return null;
    }

    private static void HoldInBudgets(LedgerState state, Hold hold, NanoUsd more)
    {
        foreach (var (_, budget) in state.Budgets(hold.AccountId, hold.KeyId, hold.UserId, hold.Day))
        {
            budget.Pending += more;
            state.Changed(budget);
        }
    }

    private static void Close(LedgerState state, Account account, Hold hold, HoldState end)
    {
        if (hold.State is HoldState.Open)
        {
            account.Pending -= hold.Amount;
            account.OpenHolds--;
            state.Changed(account);
            HoldInBudgets(state, hold, -hold.Amount);
        }

        hold.State = end;
        state.Changed(hold);
    }

    private static LedgerReply Gone(LedgerState state, LedgerCommand command) =>
        Reply(command, LedgerStatus.Gone, state.Account(command.AccountId));

    private static LedgerReply Reply(LedgerCommand command, LedgerStatus status, Account? account, string? detail = null) =>
        new(command.Id, status, account?.Available ?? NanoUsd.Zero, detail);
}

/// <summary>Ends a hold whose lease ran out, at the cost it had observed. Only the sweeper sends it.</summary>
internal sealed record Recover(Guid Id, Guid AccountId) : LedgerCommand(Id, AccountId);
