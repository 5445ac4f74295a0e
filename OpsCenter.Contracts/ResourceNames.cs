namespace OpsCenter.Contracts;

/// <summary>The names under which services and stores find each other: in the AppHost, in connection strings, in service discovery.</summary>
public static class ResourceNames
{
    public const string Postgres = "postgres";
    public const string GatewayDb = "gatewaydb";
    public const string RouterDb = "routerdb";
    public const string CreditsDb = "creditsdb";
    public const string Cache = "cache";
    public const string Gateway = "gateway";
    public const string Router = "router";
    public const string Credits = "credits";
    public const string Frontend = "frontend";
    public const string Sandbox = "sandbox";
}

/// <summary>Paths of the internal doors, named once for the side that opens them and the side that knocks.</summary>
public static class InternalPaths
{
    /// <summary>POST <see cref="LedgerBatch"/> → <see cref="LedgerReplies"/>, in the order of the commands.</summary>
    public const string Ledger = "/internal/ledger";

    /// <summary>GET → <see cref="Balance"/> or 404.</summary>
    public const string Balance = "/internal/accounts/{accountId:guid}/balance";

    /// <summary>GET ?after=&amp;limit= → <see cref="TransactionPage"/>.</summary>
    public const string Transactions = "/internal/accounts/{accountId:guid}/transactions";

    /// <summary>GET → <see cref="BudgetList"/>. PUT <see cref="BudgetLimit"/> → 204 or 404. DELETE ?scope=&amp;scope_id=&amp;period= → 204 or 404.</summary>
    public const string Budgets = "/internal/accounts/{accountId:guid}/budgets";

    /// <summary>GET: what Lago refused for good.</summary>
    public const string DeadLetters = "/internal/lago/dead-letters";

    /// <summary>POST: gives all of them another try.</summary>
    public const string DeadLettersReplay = "/internal/lago/dead-letters/replay";

    /// <summary>GET → <see cref="PlanList"/>, the newest version of each. PUT <see cref="PlanTerms"/> → <see cref="Plan"/>, its next version.</summary>
    public const string Plans = "/internal/plans";

    /// <summary>GET ?after=version → <see cref="RouteSnapshot"/>, or 204 when none came within half a minute.</summary>
    public const string Snapshot = "/internal/snapshot";

    /// <summary>POST <see cref="OutcomeBatch"/> → 202.</summary>
    public const string Outcomes = "/internal/outcomes";

    /// <summary>POST <see cref="RouteRequest"/> → <see cref="RouteExplanation"/>.</summary>
    public const string Route = "/route";
}
