using System.Globalization;
using Microsoft.Extensions.Options;

namespace OpsCenter.Credits.Ledger;

/// <summary><c>dotnet OpsCenter.Credits.dll ledger-check</c>: every invariant, recomputed from the rows.</summary>
internal static class LedgerCheckCommand
{
    public const string Name = "ledger-check";

    /// <summary>0 when everything holds, 1 when something does not.</summary>
    public static async Task<int> RunAsync(IServiceProvider services, TextWriter output)
    {
        var options = services.GetRequiredService<IOptions<LedgerOptions>>().Value;
        var drifts = await services.GetRequiredService<LedgerCheck>().FindAsync(options.MaxOvershoot, CancellationToken.None);
        foreach (var drift in drifts)
        {
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"{drift.Invariant}: {drift.Subject?.ToString() ?? "the ledger"} differs by {drift.Difference:0}"));
        }

        await output.WriteLineAsync(drifts.Count == 0 ? "The ledger is as its rows say." : $"{drifts.Count} differences.");
        return drifts.Count == 0 ? 0 : 1;
    }
}
