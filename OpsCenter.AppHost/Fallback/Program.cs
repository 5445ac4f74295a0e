using System.Diagnostics;
using System.Reflection;

// What the AppHost is on a machine that has no Aspire packages yet: it brings them once and starts the real one in its
// place, or says what is missing.

var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
var project = Assembly.GetExecutingAssembly().GetCustomAttributes<AssemblyMetadataAttribute>()
    .Single(fact => fact.Key == "ProjectFile").Value!;

Console.Error.WriteLine("Looking for the Aspire packages, which are not on this machine yet …");
if (!await RestoresAsync(within: TimeSpan.FromMinutes(5)))
{
    Console.Error.WriteLine(
        "The Aspire packages could not be restored from this machine's package sources, and the AppHost is made of them. " +
        "OpsCenter runs without them, in one process: dotnet run --project OpsCenter.Standalone");
    return 1;
}

// The child shares this terminal, so Ctrl+C reaches it as well; it decides when both are done.
Console.CancelKeyPress += (_, press) => press.Cancel = true;
using var appHost = Process.Start(Dotnet(
    ["run", "--project", project, "-p:UseAspire=true", .. LaunchProfile(), "--", .. args], quiet: false))!;
await appHost.WaitForExitAsync();
return appHost.ExitCode;

async Task<bool> RestoresAsync(TimeSpan within)
{
    using var restore = Process.Start(Dotnet(["restore", project, "-p:UseAspire=true"], quiet: true))!;
    using var deadline = new CancellationTokenSource(within);
    try
    {
        // Read, because a full pipe would stop it; not shown, because the two sentences say what matters.
        await Task.WhenAll(
            restore.StandardOutput.BaseStream.CopyToAsync(Stream.Null, deadline.Token),
            restore.StandardError.BaseStream.CopyToAsync(Stream.Null, deadline.Token),
            restore.WaitForExitAsync(deadline.Token));
        return restore.ExitCode == 0;
    }
    catch (OperationCanceledException)
    {
        restore.Kill(entireProcessTree: true);
        return false;
    }
}

ProcessStartInfo Dotnet(IEnumerable<string> arguments, bool quiet) => new(dotnet, arguments)
{
    RedirectStandardOutput = quiet,
    RedirectStandardError = quiet,
};

// The profile that this process was started with, or none: publishing without one is how an environment becomes Production.
static string[] LaunchProfile() => Environment.GetEnvironmentVariable("DOTNET_LAUNCH_PROFILE") is { Length: > 0 } profile
    ? ["--launch-profile", profile]
    : ["--no-launch-profile"];
