using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Gateway;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Router;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;
using OpsCenter.Standalone;

var start = TimeProvider.System.GetTimestamp();
var terminal = new Terminal(Console.Out, Console.Error);
return await terminal.RunAsync(async () =>
{
    var builder = StandaloneHost.CreateBuilder(args);
    var address = ListenAddress.From(builder.Configuration);
    using var data = DataFolder.Take(builder.Configuration["OPSCENTER_DATA"], address.Base);
    address.RequireFree();
    var secrets = await Secrets.LoadAsync(data.Path, CancellationToken.None);
    var console = await ConsoleSite.FindAsync(builder.Configuration, CancellationToken.None);
    await using var stores = await LocalStores.StartAsync(builder.Configuration, data.Path, terminal.Say, CancellationToken.None);

    builder.Configure(address, secrets, stores, terminal);
    builder.AddServiceDefaults("opscenter");
    builder.AddCredits();
    builder.AddRouter();
    builder.AddGateway();
    builder.AddSandbox();
    builder.AddConsole(console);

    await using var app = builder.Build();
    app.UseServiceDefaults();
    app.MapCredits();
    app.MapRouter();
    app.MapGateway();
    app.MapSandbox();
    app.MapConsole();

    await app.StartAsync();
    await app.WaitUntilHealthyAsync();
    var demo = await app.Services.SeedDemoAsync(secrets.DemoKey, NanoUsd.FromUsd(25), app.Lifetime.ApplicationStopping);
    terminal.Show(new ReadyTable(app, address.Base, data.Path, console, demo, TimeProvider.System.GetElapsedTime(start)));
    await app.WaitForShutdownAsync();
});
