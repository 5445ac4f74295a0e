using System.Diagnostics;

namespace OpsCenter.Tests.AppHost.Fallback;

/// <summary>What `dotnet run --project OpsCenter.AppHost` does on a machine without Aspire, with a script in the place of dotnet.</summary>
public sealed class FallbackTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opscenter-fallback");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Without_the_packages_it_says_what_is_missing_and_what_runs_without_them()
    {
        var (exitCode, said, calls) = await RunAsync("exit 1", launchProfile: "http");

        Assert.Equal(1, exitCode);
        Assert.Contains("could not be restored", said, StringComparison.Ordinal);
        Assert.Contains("dotnet run --project OpsCenter.Standalone", said, StringComparison.Ordinal);
        var call = Assert.Single(calls);
        Assert.StartsWith("restore ", call, StringComparison.Ordinal);
        Assert.EndsWith("OpsCenter.AppHost.csproj -p:UseAspire=true", call, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http", "--launch-profile http")]
    [InlineData(null, "--no-launch-profile")]
    public async Task With_the_packages_the_real_one_runs_in_its_place(string? launchProfile, string expected)
    {
        var (exitCode, _, calls) = await RunAsync("[ $1 = restore ] || exit 42", launchProfile, "--publisher", "manifest");

        Assert.Equal(42, exitCode);
        Assert.EndsWith($"-p:UseAspire=true {expected} -- --publisher manifest", calls[^1], StringComparison.Ordinal);
        Assert.StartsWith("run --project ", calls[^1], StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Said, string[] Calls)> RunAsync(
        string script, string? launchProfile, params string[] arguments)
    {

        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-in for dotnet is a shell script.");

        var cancellation = TestContext.Current.CancellationToken;
        var calls = Path.Combine(_folder.FullName, "calls");
        var standIn = Path.Combine(_folder.FullName, "dotnet");
        await File.WriteAllTextAsync(standIn, $"#!/bin/sh\necho \"$@\" >> {calls}\n{script}\n", cancellation);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(standIn, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var fallback = Path.Combine(AppContext.BaseDirectory, "OpsCenter.AppHost.Fallback.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [fallback, .. arguments])
        {
            RedirectStandardError = true,
            Environment = { ["DOTNET_HOST_PATH"] = standIn, ["DOTNET_LAUNCH_PROFILE"] = launchProfile },
        })!;
        var said = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, said, await File.ReadAllLinesAsync(calls, cancellation));
    }
}
