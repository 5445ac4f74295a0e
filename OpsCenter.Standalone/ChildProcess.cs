using System.ComponentModel;
using System.Diagnostics;

namespace OpsCenter.Standalone;

/// <summary>Programs that are run to their end for what they print.</summary>
internal static class ChildProcess
{
    /// <summary>npm is a script on Windows, and scripts are the shell's to start.</summary>
    public static string[] Npm(params ReadOnlySpan<string> arguments) =>
        OperatingSystem.IsWindows() ? ["cmd", "/c", "npm", .. arguments] : ["npm", .. arguments];

    /// <exception cref="StandaloneException">The program is not there or may not be started.</exception>
    public static async Task<(int Code, string Output)> RunAsync(string[] command, CancellationToken ct, string? folder = null)
    {
        var info = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (var argument in command.AsSpan(1))
            info.ArgumentList.Add(argument);

        using var process = Start(info);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var error = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <exception cref="StandaloneException">The program is not there or may not be started.</exception>
    public static Process Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception fault)
        {
            throw new StandaloneException($"{info.FileName} could not be started ({fault.Message}).", fault);
        }
    }
}
