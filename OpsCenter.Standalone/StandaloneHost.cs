using Microsoft.Extensions.Configuration.Memory;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Standalone;

internal static class StandaloneHost
{
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
                new("Upstreams:SandboxUrl", new Uri(address.Base, "sandbox").ToString()),
                new("Logging:LogLevel:Default", "Warning"),
                // It warns that its keys lie unencrypted; nothing of ours is protected with them.
                new("Logging:LogLevel:Microsoft.AspNetCore.DataProtection", "Error"),
            ],
        });
        builder.WebHost.UseUrls(address.Urls);
        builder.Services.AddSingleton(terminal);

        // Until the table stands, a failure is told once, in a sentence; afterwards, what goes wrong is logged by whoever sees it.
        builder.Logging.AddFilter("OpsCenter", level => level >= (terminal.IsReady ? LogLevel.Information : LogLevel.Warning));
        foreach (var category in (string[])["Microsoft.Extensions.Hosting", "Microsoft.EntityFrameworkCore", "Npgsql"])
            builder.Logging.AddFilter(category, level => terminal.IsReady && level >= LogLevel.Warning);
    }
}
