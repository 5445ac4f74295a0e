using OpsCenter.Contracts;
using OpsCenter.Router;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults(ResourceNames.Router);
builder.AddRouter();

var app = builder.Build();
app.UseServiceDefaults();
app.MapRouter();
await app.RunAsync();
