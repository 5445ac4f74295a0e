using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsCenter.Gateway;
using OpsCenter.ServiceDefaults;
using OpsCenter.Standalone;

namespace OpsCenter.Tests.Standalone;

public sealed class ConsoleFilesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opscenter-console-");

    public ConsoleFilesTests()
    {
        _folder.CreateSubdirectory("assets");
        File.WriteAllText(Path.Combine(_folder.FullName, "index.html"), "<h1>console</h1>");
        File.WriteAllText(Path.Combine(_folder.FullName, "assets", "index-1a2b.js"), "start()");
        File.WriteAllText(Path.Combine(_folder.FullName, ".build"), "fingerprint");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("/", "<h1>console</h1>", "no-cache", "text/html")]
    [InlineData("/credits/purchases", "<h1>console</h1>", "no-cache", "text/html")]
    [InlineData("/apiary", "<h1>console</h1>", "no-cache", "text/html")]
    [InlineData("/.build", "<h1>console</h1>", "no-cache", "text/html")]
    [InlineData("/..%2f..%2fetc%2fpasswd", "<h1>console</h1>", "no-cache", "text/html")]
    [InlineData("/assets/index-1a2b.js", "start()", "public, max-age=31536000, immutable", "text/javascript")]
    public async Task Browsers_get_files_and_every_page_address_gets_the_page(string path, string body, string caching, string type)
    {
        await using var app = await StartAsync(ConsoleSite.At(_folder.FullName));

        using var answer = await GetAsync(app, path, "text/html");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(body, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(caching, answer.Headers.GetValues("Cache-Control").Single());
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/nothing", "text/html", HttpStatusCode.Unauthorized)]
    [InlineData("/api", "text/html", HttpStatusCode.Unauthorized)]
    [InlineData("/assets/gone.js", "*/*", HttpStatusCode.NotFound)]
    [InlineData("/credits", "application/json", HttpStatusCode.NotFound)]
    public async Task What_is_not_a_page_is_never_answered_with_one(string path, string accept, HttpStatusCode expected)
    {
        await using var app = await StartAsync(ConsoleSite.At(_folder.FullName));

        using var answer = await GetAsync(app, path, accept);

        Assert.Equal(expected, answer.StatusCode);
        Assert.NotEqual("text/html", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task While_it_is_being_built_people_read_so_and_then_get_the_console()
    {
        var site = ConsoleSite.ToBuild(_folder.FullName);
        await using var app = await StartAsync(site);

        using var before = await GetAsync(app, "/", "text/html");
        site.Serve(_folder.FullName);
        using var after = await GetAsync(app, "/", "text/html");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, before.StatusCode);
        var page = await before.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("being built", page, StringComparison.Ordinal);
        Assert.Contains("http-equiv=\"refresh\"", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    [Fact]
    public async Task A_changed_source_changes_the_fingerprint_and_a_generated_one_does_not()
    {
        _folder.CreateSubdirectory("src");
        var first = await ConsoleSite.FingerprintAsync(_folder.FullName, TestContext.Current.CancellationToken);

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "src", "routes.gen.ts"), "made", TestContext.Current.CancellationToken);
        Assert.Equal(first, await ConsoleSite.FingerprintAsync(_folder.FullName, TestContext.Current.CancellationToken));

        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "src", "main.tsx"), "written", TestContext.Current.CancellationToken);
        Assert.NotEqual(first, await ConsoleSite.FingerprintAsync(_folder.FullName, TestContext.Current.CancellationToken));
    }

    /// <summary>Only the files and the guard that every process has; nothing is built, because no builder is registered.</summary>
    private static async Task<WebApplication> StartAsync(ConsoleSite site)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration[InternalHttp.TokenKey] = new string('t', 64);
        builder.AddServiceDefaults("console");
        builder.Services.AddSingleton(site);
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapRoot();
        app.MapConsole();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<HttpResponseMessage> GetAsync(WebApplication app, string path, string accept)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Urls.Single() + path);
        request.Headers.Accept.ParseAdd(accept);
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
