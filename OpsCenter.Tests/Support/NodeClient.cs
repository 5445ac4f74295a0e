using System.Diagnostics;
using System.Text.Json;
using OpsCenter.Tests.Architecture;

namespace OpsCenter.Tests.Support;

/// <summary>Scripts in node-clients, which use the real SDKs of npm and print what came as JSON.</summary>
internal static class NodeClient
{
    public static async Task<JsonElement> RunAsync(string script, params string[] arguments)
    {
        var folder = Path.Combine(Repository.Root.FullName, "OpsCenter.Tests", "node-clients");
        var info = new ProcessStartInfo("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        info.ArgumentList.Add(script);
        foreach (var argument in arguments)
            info.ArgumentList.Add(argument);
        using var node = Process.Start(info)!;
        var output = node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, $"node {script} ended with {node.ExitCode}: {await error}");
        return JsonDocument.Parse(await output).RootElement;
    }
}
