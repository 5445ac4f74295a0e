using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsCenter.Contracts;
using OpsCenter.Router;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Tests.Router;

/// <summary>The Router as it runs, on a port of its own, with a database of the test and a clock of the test.</summary>
internal sealed class RouterProcess : IAsyncDisposable
{
    private const string Token = "a-token-that-only-the-tests-of-the-router-know";
    private readonly WebApplication _app;

    private RouterProcess(WebApplication app)
    {
        _app = app;
        Anonymous = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Client = new HttpClient { BaseAddress = Anonymous.BaseAddress };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    /// <summary>Knows the service token.</summary>
    public HttpClient Client { get; }

    public HttpClient Anonymous { get; }

    public IRouterFeed Feed => _app.Services.GetRequiredService<IRouterFeed>();

    public static async Task<RouterProcess> StartAsync(string connectionString, TimeProvider time)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{ResourceNames.RouterDb}"] = connectionString,
            [InternalHttp.TokenKey] = Token,
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(time);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddServiceDefaults(ResourceNames.Router);
        builder.AddRouter();

        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapRouter();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RouterProcess(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Anonymous.Dispose();
        await _app.DisposeAsync();
    }
}
