using System.Security.Cryptography;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
// The Sandbox calls no service and none calls it, so any token will do, as long as nobody can guess it.
builder.Configuration[InternalHttp.TokenKey] ??= RandomNumberGenerator.GetHexString(64);
builder.AddServiceDefaults("sandbox");
builder.AddSandbox();

var app = builder.Build();
app.UseServiceDefaults();
app.MapSandbox();
await app.RunAsync();
