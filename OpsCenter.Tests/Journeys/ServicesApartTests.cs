using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Gateway;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Keys;
using OpsCenter.Standalone;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

/// <summary>Gateway (twice), Router, Credits and Sandbox as five processes that know of each other by their environment alone.</summary>
public sealed class ServicesApartTests(TestPostgres postgres)
{
    private readonly string _token = RandomNumberGenerator.GetHexString(64);
    private readonly string _pepper = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public async Task Two_gateways_serve_one_account_and_outlive_the_Router_and_a_crash_of_Credits()
    {
        var gatewayDb = postgres.NewDatabase("gateway");
        var creditsEnvironment = Service((ConnectionString(ResourceNames.CreditsDb), postgres.NewDatabase("credits")));
        var creditsPort = LoopbackPort.Free();
        await using var sandbox = ServiceProcess.Start("OpsCenter.Sandbox", LoopbackPort.Free(), Service(("Sandbox__TokensPerSecond", "0"), ("Sandbox__FirstTokenMs", "0")));
        await using var router = ServiceProcess.Start("OpsCenter.Router", LoopbackPort.Free(), Service((ConnectionString(ResourceNames.RouterDb), postgres.NewDatabase("router"))));
        var credits = ServiceProcess.Start("OpsCenter.Credits", creditsPort, creditsEnvironment);
        try
        {
            var gatewayEnvironment = Service(
                (ConnectionString(ResourceNames.GatewayDb), gatewayDb),
                ("OpsCenter__Keys__Pepper", _pepper),
                ("Upstreams__SandboxUrl", sandbox.Address.ToString()),
                ("services__router__http__0", router.Address.ToString()),
                ("services__credits__http__0", credits.Address.ToString()));
            await using var first = ServiceProcess.Start("OpsCenter.Gateway", LoopbackPort.Free(), gatewayEnvironment);
            await using var second = ServiceProcess.Start("OpsCenter.Gateway", LoopbackPort.Free(), gatewayEnvironment);
            foreach (var service in new[] { sandbox, router, credits, first, second })
                await service.ReadyAsync();

            var account = await NewAccountAsync(gatewayDb, credits);
            foreach (var gateway in new[] { first, second })
                gateway.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", account.Key);

            var paid = await PaidAsync(first) + await PaidAsync(second);
            await BalanceBecomesAsync(second, NanoUsd.FromUsd(10) - paid);

            // The Router is gone: both decide by their last catalogue.
            await router.KillAsync();
            paid += await PaidAsync(first);

            // Credits is gone: a prepaid request is refused, not given away.
            await credits.KillAsync();
            var refused = await first.Http.PostAsJsonAsync(ChatPath, Chat("Hello", ("model", "openai/gpt-4o-mini")), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Equal("1", refused.Header("Retry-After"));

            await credits.DisposeAsync();
            credits = ServiceProcess.Start("OpsCenter.Credits", creditsPort, creditsEnvironment);
            await credits.ReadyAsync();
            paid += await PaidAsync(second);
            await BalanceBecomesAsync(first, NanoUsd.FromUsd(10) - paid);
        }
        finally
        {
            await credits.DisposeAsync();
        }
    }

    private static string ConnectionString(string name) => $"ConnectionStrings__{name}";

    private Dictionary<string, string> Service(params (string Name, string Value)[] settings)
    {
        var environment = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        environment["OpsCenter__ServiceToken"] = _token;
        return environment;
    }

    private async Task<(Guid Id, string Key)> NewAccountAsync(string gatewayDb, ServiceProcess credits)
    {
        await using var db = new GatewayDb(new DbContextOptionsBuilder<GatewayDb>().UseNpgsql(gatewayDb).UseSnakeCaseNamingConvention().Options);
        var now = TimeProvider.System.GetUtcNow();
        var account = new Account { Name = "Apart", Tier = Tier.Enterprise, CreatedAt = now };
        var key = ApiKeyText.Create();
        db.Accounts.Add(account);
        db.Keys.Add(ApiKey.Create(key, new KeyRing(Options.Create(new KeyOptions { Pepper = _pepper })), account.Id, "Key", now));
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);

        using var request = new HttpRequestMessage(HttpMethod.Post, InternalPaths.Ledger)
        {
            Content = JsonContent.Create(
                new LedgerBatch([new Post(Guid.CreateVersion7(), account.Id, PostKind.Grant, NanoUsd.FromUsd(10))]), options: ContractsJson.Strict),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", _token) },
        };
        var reply = await credits.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        return (account.Id, key);
    }

    private static async Task<NanoUsd> PaidAsync(ServiceProcess gateway)
    {
        var response = await gateway.Http.PostAsJsonAsync(ChatPath, Chat("Compare tea and coffee", ("model", "openai/gpt-4o-mini")), TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return NanoUsd.Parse(response.Header("X-Cost-Incurred"));
    }

    private static Task BalanceBecomesAsync(ServiceProcess gateway, NanoUsd expected) => OpsCenterHost.EventuallyAsync(
        async () =>
        {
            var balance = await gateway.Http.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/credits/balance", UriKind.Relative));
            return NanoUsd.Parse(balance.GetProperty("held").GetString()!) == NanoUsd.Zero
                && NanoUsd.Parse(balance.GetProperty("balance").GetString()!) == expected;
        },
        $"the balance is {expected}");
}
