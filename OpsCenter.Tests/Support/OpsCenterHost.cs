using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Gateway;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Keys;
using OpsCenter.Gateway.Routes;
using OpsCenter.Router;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;
using OpsCenter.Standalone;
using OpsCenter.Tests.Support;

[assembly: AssemblyFixture(typeof(SharedHost))]

namespace OpsCenter.Tests.Support;

/// <summary>The whole product on loopback, as Standalone composes it, with databases of its own and the Sandbox for the world.</summary>
public sealed class OpsCenterHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    private readonly WebApplication _app;

    private OpsCenterHost(WebApplication app, Uri address)
    {
        _app = app;
        Address = address;
        Http = new HttpClient { BaseAddress = address };
    }

    public Uri Address { get; }

    /// <summary>Without a key.</summary>
    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    public ICredits Ledger => Services.GetRequiredService<ICredits>();

    /// <summary>What the providers were asked, by their own record.</summary>
    internal IReadOnlyList<Call> ProviderCalls => Services.GetRequiredService<SandboxLog>().Calls;

    internal Faults Faults => Services.GetRequiredService<Faults>();

    public static async Task<OpsCenterHost> StartAsync(
        TestPostgres postgres, IReadOnlyDictionary<string, string?>? settings = null, Action<IHostApplicationBuilder>? configure = null)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{ResourceNames.CreditsDb}"] = postgres.NewDatabase("credits"),
            [$"ConnectionStrings:{ResourceNames.RouterDb}"] = postgres.NewDatabase("router"),
            [$"ConnectionStrings:{ResourceNames.GatewayDb}"] = postgres.NewDatabase("gateway"),
            [InternalHttp.TokenKey] = RandomNumberGenerator.GetHexString(64),
            ["OpsCenter:Keys:Pepper"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Upstreams:SandboxUrl"] = address.ToString(),
            ["Sandbox:TokensPerSecond"] = "0",
            ["Sandbox:FirstTokenMs"] = "0",
        });
        // A setting may speak of the host's own address, which is not known before.
        builder.Configuration.AddInMemoryCollection(settings?.ToDictionary(
            setting => setting.Key, setting => setting.Value?.Replace("{address}", address.ToString(), StringComparison.Ordinal)));
        builder.Logging.ClearProviders();
        builder.WebHost.UseSetting("urls", address.ToString());
        builder.AddServiceDefaults("opscenter");
        builder.AddCredits();
        builder.AddRouter();
        builder.AddGateway();
        builder.AddSandbox();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapCredits();
        app.MapRouter();
        app.MapGateway();
        app.MapSandbox();
        await app.StartAsync();
        var host = new OpsCenterHost(app, address);
        await EventuallyAsync(async () => (await host.Http.GetAsync(new Uri(Health.Ready, UriKind.Relative))).IsSuccessStatusCode, "the host is ready");
        return host;
    }

    /// <summary>A new account with a key, and with credit when some is given.</summary>
    public async Task<TestAccount> NewAccountAsync(Tier tier = Tier.Enterprise, string credit = "10")
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<GatewayDb>();
        var now = TimeProvider.System.GetUtcNow();
        var account = new Account { Name = "Test", Tier = tier, CreatedAt = now };
        var key = ApiKeyText.Create();
        db.Accounts.Add(account);
        db.Keys.Add(OpsCenter.Gateway.Keys.ApiKey.Create(key, scope.ServiceProvider.GetRequiredService<KeyRing>(), account.Id, "Test key", now));
        await db.SaveChangesAsync();
        if (NanoUsd.Parse(credit) > NanoUsd.Zero)
            await Ledger.ApplyAsync(new Post(Guid.CreateVersion7(), account.Id, PostKind.Grant, NanoUsd.Parse(credit)), CancellationToken.None);

        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return new TestAccount(this, account.Id, key, client);
    }

    /// <summary>Some chat model of a provider, as callers name it.</summary>
    public string AnyModelOf(string provider) => Services.GetRequiredService<CatalogFeed>().Current.Snapshot.Offers
        .First(offer => offer.Provider == provider && offer.Automatic)
        .Id;

    /// <summary>Waits, without a fixed time, until something that happens behind the answer has happened.</summary>
    public static async Task EventuallyAsync(Func<Task<bool>> condition, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Within {Patience.TotalSeconds:0} s it did not come true that {what}.");
            await Task.Delay(Poll);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>One host for all tests that need nothing special of it, started by the first that asks.</summary>
public sealed class SharedHost : IAsyncDisposable
{
    private readonly TestPostgres _postgres = new();
    private readonly Lazy<Task<OpsCenterHost>> _host;

    public SharedHost() => _host = new(StartAsync);

    public Task<OpsCenterHost> HostAsync() => _host.Value;

    public async ValueTask DisposeAsync()
    {
        if (_host.IsValueCreated)
            await (await _host.Value).DisposeAsync();
        await _postgres.DisposeAsync();
    }

    private async Task<OpsCenterHost> StartAsync()
    {
        await _postgres.InitializeAsync();
        return await OpsCenterHost.StartAsync(_postgres);
    }
}

/// <summary>A host that one test class has to itself, where it breaks providers or counts calls.</summary>
public sealed class OwnHost(TestPostgres postgres) : IAsyncLifetime
{
    private OpsCenterHost? _host;

    public Task<OpsCenterHost> HostAsync() => Task.FromResult(_host!);

    public async ValueTask InitializeAsync() => _host = await OpsCenterHost.StartAsync(postgres);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
    }
}

/// <summary>An account with a key, as a client has it.</summary>
public sealed record TestAccount(OpsCenterHost Host, Guid Id, string Key, HttpClient Http)
{
    /// <summary>The balance once nothing of this account is in flight any more.</summary>
    public async Task<Balance> SettledBalanceAsync()
    {
        Balance? balance = null;
        await OpsCenterHost.EventuallyAsync(
            async () =>
            {
                balance = await Host.Ledger.GetBalanceAsync(Id, CancellationToken.None);
                return balance is { Held.Value: 0 };
            },
            "no credit of the account is held");
        return balance!;
    }
}
