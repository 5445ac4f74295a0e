using OpsCenter.Contracts;
using OpsCenter.Credits;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(ResourceNames.Credits);
builder.AddCredits();

var app = builder.Build();
app.UseServiceDefaults();
app.MapCredits();
await app.RunAsync();
