using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OpsCenter.Standalone;

/// <summary>Where the console's files are and what is being done about them. Asked on every request, because a build may be under way.</summary>
internal sealed class ConsoleSite
{
    /// <summary>Names the sources that a <c>dist</c> was built from.</summary>
    private const string StampFile = ".build";

    private const int OldestNode = 20;

    private volatile string? _folder;
    private volatile string _state;

    private ConsoleSite(string? folder, string state, string? source = null)
    {
        _folder = folder;
        _state = state;
        Source = source;
    }

    /// <summary>The folder to serve, when there is one.</summary>
    public string? Folder => _folder;

    public bool IsServed => _folder is not null;

    /// <summary>One line for people.</summary>
    public string State => _state;

    /// <summary>The sources, when they are to be built.</summary>
    public string? Source { get; }

    public static ConsoleSite At(string folder) => new(folder, "");

    public static ConsoleSite None(string why) => new(null, why);

    public static ConsoleSite ToBuild(string source) => new(null, "being built", source);

    /// <summary>The published files, else the built sources, else sources that can be built here.</summary>
    public static async Task<ConsoleSite> FindAsync(IConfiguration configuration, CancellationToken ct)
    {
        var published = Path.Combine(AppContext.BaseDirectory, "wwwroot");
        if (IsSite(published))
            return At(published);
        if (Sources() is not { } source)
            return None("not part of this installation");

        var built = Path.Combine(source, "dist");
        if (IsSite(built) && await IsCurrentAsync(source, ct))
            return At(built);
        if (!configuration.GetValue("OpsCenter:Console:Build", true))
            return IsSite(built) ? At(built) : None("not built (OpsCenter:Console:Build is false)");
        return await HasNodeAsync(ct)
            ? ToBuild(source)
            : None(string.Create(CultureInfo.InvariantCulture, $"not built (Node {OldestNode} or later not found)"));
    }

    public void Say(string state) => _state = state;

    public void Serve(string folder) => _folder = folder;

    /// <summary>Marks what was built as being of these sources.</summary>
    public static Task StampAsync(string source, string stamp, CancellationToken ct) =>
        File.WriteAllTextAsync(Path.Combine(source, "dist", StampFile), stamp, ct);

    /// <summary>A fingerprint of everything that a build reads. Generated files are left out: the build itself writes them.</summary>
    public static async Task<string> FingerprintAsync(string source, CancellationToken ct)
    {
        var files = Directory.EnumerateFiles(source)
            .Concat(((string[])["src", "public"]).Select(name => Path.Combine(source, name)).Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)))
            .Where(file => !file.Contains(".gen.", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(source, file)));
            hash.AppendData(SHA256.HashData(await File.ReadAllBytesAsync(file, ct)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsSite(string folder) => File.Exists(Path.Combine(folder, "index.html"));

    private static async Task<bool> IsCurrentAsync(string source, CancellationToken ct)
    {
        var stamp = Path.Combine(source, "dist", StampFile);
        return File.Exists(stamp) && await File.ReadAllTextAsync(stamp, ct) == await FingerprintAsync(source, ct);
    }

    /// <summary>The console's folder of the checkout that this program was built in.</summary>
    private static string? Sources()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var source = Path.Combine(folder.FullName, "OpsCenter.Frontend");
            if (File.Exists(Path.Combine(source, "package.json")))
                return source;
        }

        return null;
    }

    private static async Task<bool> HasNodeAsync(CancellationToken ct)
    {
        try
        {
            var (code, output) = await ChildProcess.RunAsync(["node", "--version"], ct);
            return code == 0 && Version.TryParse(output.Trim().TrimStart('v'), out var version) && version.Major >= OldestNode;
        }
        catch (StandaloneException)
        {
            return false;
        }
    }
}
