using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Gateway;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Keys;
using OpsCenter.Router;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;
using OpsCenter.Standalone;

namespace OpsCenter.Benchmarks;

/// <summary>
/// What one chat costs in time over asking the provider itself: everything on (key, route, hold, durable settlement, usage),
/// Postgres with fsync on the same machine, the Sandbox at full speed as provider. Both are asked in turn, so that a machine
/// whose speed drifts treats them alike.
/// </summary>
internal static class OverheadBenchmark
{
    private const int WarmUp = 300;
    private const int Rounds = 1_000;
    private const string Body = """{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Compare two sorting algorithms in one paragraph."}]}""";

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("opscenter-bench-");
        try
        {
            await using var postgres = await EmbeddedPostgres.StartAsync(folder.FullName, Console.WriteLine, [], CancellationToken.None);
            await RunAsync(postgres);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task RunAsync(EmbeddedPostgres postgres)
    {
        var address = new Uri($"http://127.0.0.1:{LoopbackPort.Free()}");
        await using var app = Compose(postgres, address);
        await app.StartAsync();
        var access = await app.Services.SeedDemoAsync(ApiKeyText.Create(), NanoUsd.FromUsd(1_000), CancellationToken.None);

        using var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", access.ApiKey);
        while (!(await client.GetAsync(new Uri(Health.Ready, UriKind.Relative))).IsSuccessStatusCode)
            await Task.Yield();

        var direct = new List<double>(Rounds);
        var through = new List<double>(Rounds);
        for (var round = -WarmUp; round < Rounds; round++)
        {
            var asked = await TimeAsync(client, "/sandbox/openai/v1/chat/completions", Body.Replace("openai/gpt-4o-mini", "gpt-4o-mini", StringComparison.Ordinal));
            var served = await TimeAsync(client, "/v1/chat/completions", Body);
            if (round < 0)
                continue;
            direct.Add(asked);
            through.Add(served);
        }

        direct.Sort();
        through.Sort();
        Print("direct_p50_ms", Percentile(direct, 50));
        Print("direct_p99_ms", Percentile(direct, 99));
        Print("gateway_p50_ms", Percentile(through, 50));
        Print("gateway_p99_ms", Percentile(through, 99));
        Print("added_p50_ms", Percentile(through, 50) - Percentile(direct, 50));
    }

    private static WebApplication Compose(EmbeddedPostgres postgres, Uri address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{ResourceNames.CreditsDb}"] = postgres.ConnectionString(ResourceNames.CreditsDb),
            [$"ConnectionStrings:{ResourceNames.RouterDb}"] = postgres.ConnectionString(ResourceNames.RouterDb),
            [$"ConnectionStrings:{ResourceNames.GatewayDb}"] = postgres.ConnectionString(ResourceNames.GatewayDb),
            [InternalHttp.TokenKey] = RandomNumberGenerator.GetHexString(64),
            ["OpsCenter:Keys:Pepper"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Upstreams:SandboxUrl"] = address.ToString(),
            ["Sandbox:TokensPerSecond"] = "0",
            ["Sandbox:FirstTokenMs"] = "0",
            ["urls"] = address.ToString(),
        });
        builder.AddServiceDefaults("overhead-benchmark");
        builder.AddCredits();
        builder.AddRouter();
        builder.AddGateway();
        builder.AddSandbox();
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapCredits();
        app.MapRouter();
        app.MapGateway();
        app.MapSandbox();
        return app;
    }

    private static async Task<double> TimeAsync(HttpClient client, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var started = Stopwatch.GetTimestamp();
        using var response = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        await response.Content.ReadAsByteArrayAsync();
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        response.EnsureSuccessStatusCode();
        return elapsed;
    }

    private static double Percentile(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    private static void Print(string name, double value) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} = {value:0.00}"));
}
