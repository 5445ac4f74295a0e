namespace OpsCenter.Standalone;

/// <summary>Builds the console from its sources while the API already answers, and serves it as soon as it is there.</summary>
internal sealed partial class ConsoleBuild(ConsoleSite site, Terminal terminal, TimeProvider time, ILogger<ConsoleBuild> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (site.Source is not { } source)
            return;

        // The API comes first: on a small machine a build would double the time to it.
        await terminal.Ready.WaitAsync(stoppingToken);
        try
        {
            var start = time.GetTimestamp();
            if (!HasPackages(source))
                await RunAsync("Installing the console's packages, once (about a minute)", ["ci", "--no-audit", "--no-fund"], source, stoppingToken);

            var fingerprint = await ConsoleSite.FingerprintAsync(source, stoppingToken);
            await RunAsync("Building the console", ["run", "build"], source, stoppingToken);
            await ConsoleSite.StampAsync(source, fingerprint, stoppingToken);
            site.Serve(Path.Combine(source, "dist"));
            terminal.Say($"The console is there ({time.GetElapsedTime(start).TotalSeconds:0} s).");
        }
        catch (StandaloneException fault)
        {
            site.Say("not built, because npm failed; its output is in the terminal");
            LogFailure(fault.Message);
        }
    }

    private async Task RunAsync(string step, string[] npm, string source, CancellationToken ct)
    {
        site.Say(step);
        terminal.Say(step + "…");
        var (code, output) = await ChildProcess.RunAsync(ChildProcess.Npm(npm), ct, source);
        if (code != 0)
            throw new StandaloneException($"npm {string.Join(' ', npm)} ended with {code}: {output.Trim()}");
    }

    /// <summary>npm leaves its own copy of the lock file in what it has installed.</summary>
    private static bool HasPackages(string source)
    {
        var installed = new FileInfo(Path.Combine(source, "node_modules", ".package-lock.json"));
        return installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(source, "package-lock.json"));
    }

    [LoggerMessage(1, LogLevel.Error, "The console could not be built: {Reason}")]
    private partial void LogFailure(string reason);
}
