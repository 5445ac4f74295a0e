using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using OpsCenter.Standalone;

namespace OpsCenter.Tests.Standalone;

/// <summary>The program itself, started as a person starts it, on a data folder and a port of the test's.</summary>
internal sealed partial class StandaloneProcess : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private StandaloneProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public string Output => Read(_output);

    public string Errors => Read(_errors);

    public static StandaloneProcess Start(string data, params (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo("dotnet", [typeof(EmbeddedPostgres).Assembly.Location])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["OPSCENTER_DATA"] = data;
        info.Environment["OPSCENTER_PORT"] = "0";
        info.Environment["OpsCenter__Console__Build"] = "false";
        info.Environment.Remove("ASPNETCORE_URLS");
        foreach (var (name, value) in environment)
            info.Environment[name] = value;

        var started = new StandaloneProcess(Process.Start(info)!);
        started._process.OutputDataReceived += (_, line) => started.Hear(line.Data);
        started._process.ErrorDataReceived += (_, line) => Write(started._errors, line.Data);
        started._process.BeginOutputReadLine();
        started._process.BeginErrorReadLine();
        return started;
    }

    /// <summary>Waits for the READY line and gives the address in it.</summary>
    public async Task<Uri> ReadyAsync()
    {
        var ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var first = await Task.WhenAny(_ready.Task, ended).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return first == _ready.Task
            ? await _ready.Task
            : throw new InvalidOperationException($"It ended with {_process.ExitCode} before it was ready. {Output} {Errors}");
    }

    public async Task<int> ExitCodeAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public void Kill() => _process.Kill();

    /// <summary>Ctrl+C.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -INT {Id}"]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Hear(string? line)
    {
        Write(_output, line);
        if (line is not null && ReadyLine().Match(line) is { Success: true } match)
            _ready.TrySetResult(new Uri(match.Groups[1].Value));
    }

    private static void Write(StringBuilder text, string? line)
    {
        lock (text)
            text.AppendLine(line);
    }

    private static string Read(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [GeneratedRegex(@"is READY at (\S+)")]
    private static partial Regex ReadyLine();
}
