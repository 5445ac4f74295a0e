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

    /// <summary>GET ?after=version → <see cref="RouteSnapshot"/>, or 204 when none came within half a minute.</summary>
    public const string Snapshot = "/internal/snapshot";

    /// <summary>POST <see cref="OutcomeBatch"/> → 202.</summary>
    public const string Outcomes = "/internal/outcomes";

    /// <summary>POST <see cref="RouteRequest"/> → <see cref="RouteExplanation"/>.</summary>
    public const string Route = "/route";
}
