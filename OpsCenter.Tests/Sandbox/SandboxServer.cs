using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpsCenter.Sandbox;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Tests.Sandbox;

/// <summary>The Sandbox on a port of its own, as fast as it can.</summary>
public sealed class SandboxServer : IAsyncLifetime
{
    private WebApplication? _app;

    public HttpClient Client { get; private set; } = null!;

    internal SandboxLog Log => _app!.Services.GetRequiredService<SandboxLog>();

    public Uri At(string path) => new(Client.BaseAddress!, path);

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration[InternalHttp.TokenKey] = new string('t', 32);
        builder.Configuration["Sandbox:TokensPerSecond"] = "0";
        builder.Configuration["Sandbox:FirstTokenMs"] = "0";
        builder.AddServiceDefaults("sandbox");
        builder.AddSandbox();
        _app = builder.Build();
        _app.UseServiceDefaults();
        _app.MapSandbox();
        await _app.StartAsync();
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        // By default a client that leaves goes on reading for two seconds, in the hope of keeping the connection.
        Client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = new Uri(address) };
        Client.DefaultRequestHeaders.Add("Authorization", "Bearer sk-test-abcd");
        Client.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app!.DisposeAsync();
    }

    public Task<HttpResponseMessage> ChatAsync(string upstream, string question, object? more = null, bool stream = false) =>
        SendAsync($"sandbox/{upstream}/v1/chat/completions", Chat(question, more, stream));

    public Task<HttpResponseMessage> MessagesAsync(string question, object? more = null, bool stream = false) =>
        SendAsync("sandbox/anthropic/v1/messages", Chat(question, new { max_tokens = 4096 }, stream), more);

    public async Task<HttpResponseMessage> SendAsync(string path, Dictionary<string, object?> body, object? more = null)
    {
        Merge(body, more);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public static Dictionary<string, object?> Chat(string question, object? more = null, bool stream = false)
    {
        var body = new Dictionary<string, object?>
        {
            ["model"] = "test-model",
            ["messages"] = new[] { new { role = "user", content = question } },
            ["stream"] = stream,
        };
        Merge(body, more);
        return body;
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

    public static async Task<string> TextAsync(HttpResponseMessage response) =>
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    /// <summary>The data of each event of a finished stream, without <c>[DONE]</c>.</summary>
    public static async Task<JsonElement[]> EventsAsync(HttpResponseMessage response) =>
    [
        .. (await TextAsync(response)).Split('\n')
            .Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => JsonElement.Parse(line.AsSpan(6).ToString())),
    ];

    /// <summary>The one call that this model name was used for.</summary>
    internal async Task<Call> CallAsync(string model)
    {
        var call = Assert.Single(Log.Calls, call => call.Model == model);
        await call.Ended.WaitAsync(TestContext.Current.CancellationToken);
        return call;
    }

    private static void Merge(Dictionary<string, object?> body, object? more)
    {
        foreach (var property in more?.GetType().GetProperties() ?? [])
            body[property.Name] = property.GetValue(more);
    }
}
