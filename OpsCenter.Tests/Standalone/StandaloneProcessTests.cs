using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OpsCenter.Tests.Standalone;

public sealed class StandaloneProcessTests : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("opscenter-standalone-");

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task A_second_start_on_the_same_data_explains_itself_and_disturbs_nothing()
    {
        await using var first = StandaloneProcess.Start(_data.FullName);
        var url = await first.ReadyAsync();

        await using var second = StandaloneProcess.Start(_data.FullName);

        Assert.Equal(1, await second.ExitCodeAsync());
        Assert.Equal(
            $"OpsCenter already runs on this data: {url.GetLeftPart(UriPartial.Authority)} (process {first.Id}). Stop it, or set OPSCENTER_DATA to another folder.",
            second.Errors.Trim());
        Assert.Equal(HttpStatusCode.OK, await AliveAsync(url));

        first.Interrupt();
        Assert.Equal(0, await first.ExitCodeAsync());
        Assert.False(File.Exists(Path.Combine(_data.FullName, "instance.json")));
        Assert.Null(PostgresId());
    }

    [Fact]
    public async Task Killed_without_warning_it_leaves_no_server_behind_and_starts_again()
    {
        await using var killed = StandaloneProcess.Start(_data.FullName);
        await killed.ReadyAsync();
        using var postgres = Process.GetProcessById(PostgresId()!.Value);

        killed.Kill();
        await using var next = StandaloneProcess.Start(_data.FullName);

        await postgres.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, await AliveAsync(await next.ReadyAsync()));
        next.Interrupt();
        Assert.Equal(0, await next.ExitCodeAsync());
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var refused = StandaloneProcess.Start(_data.FullName, ("OPSCENTER_PORT", $"{port}"));

        Assert.Equal(1, await refused.ExitCodeAsync());
        Assert.Equal(
            $"Port {port} is in use by another program. Choose another with OPSCENTER_PORT={port % 65535 + 1}.",
            refused.Errors.Trim());
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_used_is_told_in_one_sentence()
    {
        var file = Path.Combine(_data.FullName, "file");
        await File.WriteAllTextAsync(file, "", TestContext.Current.CancellationToken);

        await using var refused = StandaloneProcess.Start(Path.Combine(file, "data"));

        Assert.Equal(1, await refused.ExitCodeAsync());
        Assert.StartsWith($"The data folder {file}/data cannot be read and written", refused.Errors, StringComparison.Ordinal);
        Assert.EndsWith("Set OPSCENTER_DATA to a folder of yours.", refused.Errors.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_is_told_by_its_message_alone()
    {
        await using var refused = StandaloneProcess.Start(_data.FullName, ("OpsCenter__ServiceToken", "short"));

        Assert.Equal(1, await refused.ExitCodeAsync());
        Assert.StartsWith("OpsCenter:ServiceToken is missing or shorter", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Output + refused.Errors, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> AliveAsync(Uri url)
    {
        using var answer = await Http.GetAsync(new Uri(url, "/alive"), TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>The server's own note of its process, which it takes away when it stops.</summary>
    private int? PostgresId() =>
        Directory.EnumerateFiles(_data.FullName, "postmaster.pid", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(file => (int?)int.Parse(File.ReadLines(file).First(), System.Globalization.CultureInfo.InvariantCulture))
            .SingleOrDefault();
}
