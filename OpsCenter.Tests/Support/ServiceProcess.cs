using System.Diagnostics;
using System.Text;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Tests.Support;

/// <summary>One of our services as a process of its own, told everything by its environment, as a container or Aspire would.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ServiceProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        Http = new HttpClient { BaseAddress = address };
        process.OutputDataReceived += Note;
        process.ErrorDataReceived += Note;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public static ServiceProcess Start(string project, int port, IReadOnlyDictionary<string, string> environment)
    {
        var address = new Uri($"http://127.0.0.1:{port}");
        // …/bin/OpsCenter.Tests/debug/ → …/bin/{project}/debug/
        var configuration = new DirectoryInfo(AppContext.BaseDirectory);
        var assembly = Path.Combine(configuration.Parent!.Parent!.FullName, project, configuration.Name, $"{project}.dll");
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add(assembly);
        info.Environment["ASPNETCORE_URLS"] = address.ToString();
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        return new ServiceProcess(Process.Start(info)!, address);
    }

    public async Task ReadyAsync()
    {
        var name = Path.GetFileName(_process.StartInfo.ArgumentList[0]);
        try
        {
            await OpsCenterHost.EventuallyAsync(IsReadyAsync, $"{name} is ready");
        }
        catch (TimeoutException fault)
        {
            throw new TimeoutException($"{fault.Message} It said:\n{Output}", fault);
        }
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process.HasExited)
            throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{Output}");
        try
        {
            return (await Http.GetAsync(new Uri(Health.Ready, UriKind.Relative))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }
}
