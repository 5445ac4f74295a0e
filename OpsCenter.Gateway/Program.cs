using OpsCenter.Contracts;
using OpsCenter.Gateway;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(ResourceNames.Gateway);
builder.AddGateway();

var app = builder.Build();
app.UseServiceDefaults();
app.MapGateway();
await app.RunAsync();
