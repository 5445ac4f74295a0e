using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Standalone;

internal static class StandaloneHost
{
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan HealthPause = TimeSpan.FromMilliseconds(20);

    public static WebApplicationBuilder CreateBuilder(string[] args) => WebApplication.CreateBuilder(new WebApplicationOptions
    {
        Args = args,
        // Settings and the published console lie beside the program, wherever it was started from.
        ContentRootPath = AppContext.BaseDirectory,
    });

    /// <summary>Gives the services what a deployment would give them in the environment, and lets the environment have the last word.</summary>
    public static void Configure(this WebApplicationBuilder builder, ListenAddress address, Secrets secrets, LocalStores stores, Terminal terminal)
    {
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                .. stores.ConnectionStrings(),
                new(InternalHttp.TokenKey, secrets.ServiceToken),
                new("OpsCenter:Keys:Pepper", secrets.KeyPepper),
                new("OpsCenter:Keys:PepperVersion", "1"),
                new("OpsCenter:Byok:Kek", secrets.ByokKek),
                new("Upstreams:SandboxUrl", address.Base.ToString()),
                new("Logging:LogLevel:Default", "Warning"),
                // It warns that its keys lie unencrypted; nothing of ours is protected with them.
                new("Logging:LogLevel:Microsoft.AspNetCore.DataProtection", "Error"),
            ],
        });
        builder.WebHost.UseUrls(address.Urls);
        builder.Services.AddSingleton(terminal);

        // Until the table stands, a failure is told once, in a sentence; afterwards, what goes wrong is logged by whoever sees it.
        builder.Logging.AddFilter("OpsCenter", level => level >= (terminal.IsReady ? LogLevel.Information : LogLevel.Warning));
        // It has a line for every request that shows an API key instead of the token of a service.
        builder.Logging.AddFilter("OpsCenter.ServiceDefaults", LogLevel.Warning);
        foreach (var category in (string[])["Microsoft.Extensions.Hosting", "Microsoft.EntityFrameworkCore", "Npgsql"])
            builder.Logging.AddFilter(category, level => terminal.IsReady && level >= LogLevel.Warning);
    }

    /// <summary>Waits until the first request would be served: databases migrated, catalogue loaded.</summary>
    /// <exception cref="StandaloneException">It does not come to that; the message names what is missing.</exception>
    public static async Task WaitUntilHealthyAsync(this WebApplication app)
    {
        var ct = app.Lifetime.ApplicationStopping;
        var time = app.Services.GetRequiredService<TimeProvider>();
        var checks = app.Services.GetRequiredService<HealthCheckService>();
        var start = time.GetTimestamp();
        while (await checks.CheckHealthAsync(ct) is { Status: HealthStatus.Unhealthy } report)
        {
            if (time.GetElapsedTime(start) > HealthLimit)
            {
                var failing = report.Entries.Where(entry => entry.Value.Status == HealthStatus.Unhealthy).Select(entry => entry.Key);
                throw new StandaloneException($"OpsCenter started but is not healthy after {HealthLimit.TotalSeconds:0} seconds: {string.Join(", ", failing)}.");
            }

            await Task.Delay(HealthPause, time, ct);
        }
    }
}
