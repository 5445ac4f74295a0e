using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OpsCenter.Credits.Ledger;

/// <summary>Checks the ledger now and then, and says so loudly when it is not as it must be.</summary>
internal sealed partial class LedgerCheckJob : BackgroundService
{
    private readonly LedgerCheck _check;
    private readonly LedgerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LedgerCheckJob> _logger;
    private int _drifts;

    public LedgerCheckJob(
        LedgerCheck check, IOptions<LedgerOptions> options, IMeterFactory meters, TimeProvider time, ILogger<LedgerCheckJob> logger)
    {
        (_check, _options, _time, _logger) = (check, options.Value, time, logger);
        meters.Create(LedgerMeter.Name).CreateObservableGauge(
            "opscenter.ledger.drift", () => Volatile.Read(ref _drifts), "{row}", "Rows that break an invariant of the ledger; anything but 0 is an alarm.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.CheckPeriod == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(_options.CheckPeriod, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await CheckAsync(stoppingToken);
                }
                catch (NpgsqlException fault)
                {
                    LogLater(fault.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Shutting down.
        }
    }

    internal async Task<IReadOnlyList<LedgerDrift>> CheckAsync(CancellationToken ct)
    {
        var drifts = await _check.FindAsync(_options.MaxOvershoot, ct);
        Volatile.Write(ref _drifts, drifts.Count);
        foreach (var drift in drifts)
            LogDrift(drift.Invariant, drift.Subject, drift.Difference);
        return drifts;
    }

    [LoggerMessage(3021, LogLevel.Critical, "The ledger has drifted: {Invariant}; {Subject} differs by {Difference}.")]
    private partial void LogDrift(string invariant, Guid? subject, decimal difference);

    [LoggerMessage(3022, LogLevel.Warning, "The ledger could not be checked: {Reason}")]
    private partial void LogLater(string reason);
}
