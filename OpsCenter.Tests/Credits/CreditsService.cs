using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Credits.Ledger;
using OpsCenter.ServiceDefaults;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>One replica of the Credits service as its own host composes it, on a loopback port.</summary>
internal sealed class CreditsService : IAsyncDisposable
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private readonly WebApplication _app;

    private CreditsService(WebApplication app) => _app = app;

    public CreditLedger Ledger => _app.Services.GetRequiredService<CreditLedger>();

    public IBudgets Budgets => _app.Services.GetRequiredService<IBudgets>();

    public IPlans Plans => _app.Services.GetRequiredService<IPlans>();

    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    public Sweeper Sweeper => _app.Services.GetRequiredService<Sweeper>();

    public NpgsqlDataSource Database => _app.Services.GetRequiredKeyedService<NpgsqlDataSource>(ResourceNames.CreditsDb);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>A service on a database of its own. It sweeps when it is told to, unless the settings say otherwise.</summary>
    public static Task<CreditsService> StartAsync(TestPostgres postgres, params (string Key, string Value)[] settings) =>
        StartAsync(postgres.NewDatabase("credits"), TimeProvider.System, settings);

    public static async Task<CreditsService> StartAsync(string database, TimeProvider time, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{ResourceNames.CreditsDb}"] = database,
            [InternalHttp.TokenKey] = Token,
            ["Credits:Ledger:SweepPeriod"] = "00:01:00",
            ["Credits:Ledger:CheckPeriod"] = "00:00:00",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.Services.TryAddSingleton(time);
        builder.AddServiceDefaults(ResourceNames.Credits);
        builder.AddCredits();

        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapCredits();
        await app.StartAsync(Ct);
        return new CreditsService(app);
    }

    /// <summary>A client as another service of ours has it.</summary>
    public HttpClient NewClient() => new()
    {
        BaseAddress = new Uri(_app.Urls.Single()),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
    };

    /// <summary>A new account with this much in it.</summary>
    public async Task<Guid> AccountWithAsync(long nano)
    {
        var account = Guid.CreateVersion7();
        var reply = await ApplyAsync(new Post(Guid.CreateVersion7(), account, PostKind.Purchase, new NanoUsd(nano)));
        Assert.Equal(LedgerStatus.Ok, reply.Status);
        return account;
    }

    public Task<LedgerReply> ApplyAsync(LedgerCommand command) => Ledger.ApplyAsync(command, Ct);

    public async Task<LedgerStatus> StatusOfAsync(LedgerCommand command) => (await ApplyAsync(command)).Status;

    public async Task<Balance> BalanceAsync(Guid account) => (await Ledger.GetBalanceAsync(account, Ct))!;

    /// <summary>As if the lease of every open hold had run out this moment.</summary>
    public Task LetLeasesRunOutAsync() => ExecuteAsync("UPDATE credit_reservations SET expires_at = now() - interval '1 second' WHERE state = 0");

    public async Task<int> SweepAsync() => await Sweeper.SweepAsync(Ct);

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Every invariant of the ledger, recomputed from its rows.</summary>
    public async Task AssertNoDriftAsync(long overshoot = 0) =>
        Assert.Empty(await _app.Services.GetRequiredService<LedgerCheck>().FindAsync(new NanoUsd(overshoot), Ct));

    /// <summary>An account's row lock, as a replica holds it while it writes. Disposing it lets go.</summary>
    public async Task<IAsyncDisposable> LockAsync(Guid account)
    {
        var connection = await Database.OpenConnectionAsync(Ct);
        await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand($"SELECT 1 FROM user_credits WHERE account_id = '{account}' FOR UPDATE", connection);
        await command.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    public Task StopAsync() => _app.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>What tests say about requests when they do not care.</summary>
internal static class Some
{
    public static Guid Id() => Guid.CreateVersion7();

    public static Usage Usage(int output = 10) => new(
        null, "openai", "gpt-5", "balanced", "chat", new TokenCounts(12, output), UsageSource.Provider, 200, true, false, 120, 900, 1, 7);

    public static Reserve Reserve(Guid id, Guid account, long nano) => new(id, account, null, new NanoUsd(nano), 60);

    public static Extend Extend(Guid id, Guid account, long more, long observed = 0) =>
        new(id, account, new NanoUsd(more), new NanoUsd(observed), 60);

    public static Heartbeat Heartbeat(Guid id, Guid account, long observed) => new(id, account, new NanoUsd(observed), 60);

    public static Settle Settle(Guid id, Guid account, long cost) => new(id, account, new NanoUsd(cost), Usage());
}
