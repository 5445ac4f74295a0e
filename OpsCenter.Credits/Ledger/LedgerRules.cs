using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>
/// What each command does to the ledger and what it is answered. No I/O, no clock: the state carries everything the rules
/// look at. Arithmetic throws on overflow; the state is worthless then, and the lane tries the batch's other commands anew.
/// </summary>
internal static class LedgerRules
{
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
        if (account.Refuses(reserve.Amount) is { } refusal)
            return Reply(reserve, refusal, account);

        account.Pending += reserve.Amount;
        state.Changed(account);
        state.Open(new Hold
        {
            Id = reserve.Id,
            AccountId = reserve.AccountId,
            KeyId = reserve.KeyId,
            Initial = reserve.Amount,
            Amount = reserve.Amount,
            ExpiresAt = state.Now.AddSeconds(reserve.LeaseSeconds),
        });
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

        var amount = hold.Amount + extend.More;
        account.Pending += extend.More;
        hold.Amount = amount;
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
        if (account is not null)
        {
            Charge(state, account, settle.Id, EntryKind.Charge, settle.Cost);
            if (hold is not null)
                Close(state, account, hold, HoldState.Settled);
        }

        state.Record(UsageRecord.Of(settle.Id, settle.AccountId, settle.Cost, settle.Usage, state.Now));
        return Reply(settle, held || settle.Cost == NanoUsd.Zero ? LedgerStatus.Ok : LedgerStatus.Late, account);
    }

    /// <summary>The sweeper was first and charged what was observed: what is left to charge, or to give back, is the difference.</summary>
    private static LedgerReply Correct(LedgerState state, Settle settle, Account account, Hold hold)
    {
        Charge(state, account, settle.Id, EntryKind.Correction, settle.Cost - hold.Observed);
        Close(state, account, hold, HoldState.Settled);
        state.Record(UsageRecord.Of(settle.Id, settle.AccountId, settle.Cost, settle.Usage, state.Now));
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
            Charge(state, account, hold.Id, EntryKind.Recovery, hold.Observed);
            state.Record(UsageRecord.Lost(hold, state.Now));
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

    private static void Charge(LedgerState state, Account account, Guid id, EntryKind kind, NanoUsd cost)
    {
        if (cost == NanoUsd.Zero)
            return;
        account.Book(-cost);
        account.CountUse(cost, state.Today);
        state.Write(account, id, kind, -cost);
    }

    private static void Close(LedgerState state, Account account, Hold hold, HoldState end)
    {
        if (hold.State is HoldState.Open)
        {
            account.Pending -= hold.Amount;
            state.Changed(account);
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
