using OpsCenter.Credits;
using OpsCenter.Gateway;
using OpsCenter.Router;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("opscenter");
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
await app.RunAsync();
