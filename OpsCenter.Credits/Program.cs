using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.Credits.Ledger;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(ResourceNames.Credits);
builder.AddCredits();

var app = builder.Build();
if (args is [LedgerCheckCommand.Name, ..])
    return await LedgerCheckCommand.RunAsync(app.Services, Console.Out);

app.UseServiceDefaults();
app.MapCredits();
await app.RunAsync();
return 0;
