using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Npgsql;
using OpsCenter.Credits.Ledger;

namespace OpsCenter.Credits.Billing;

/// <summary>
/// Carries the outbox to Lago, at least once: an event that was sent before its row was marked is sent again, and Lago knows
/// it by its id. What Lago cannot take now waits; what it will never take is put aside for somebody to look at.
/// </summary>
internal sealed partial class LagoDispatcher : BackgroundService
{
    /// <summary>Lago's limit.</summary>
    private const int BatchSize = 100;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly Outbox _outbox;
    private readonly LagoClient _lago;
    private readonly LagoOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<LagoDispatcher> _logger;
    private long _backlog;
    private bool _away;

    public LagoDispatcher(
        Outbox outbox,
        LagoClient lago,
        IOptions<LagoOptions> options,
        IMeterFactory meters,
        TimeProvider time,
        ILogger<LagoDispatcher> logger)
    {
        (_outbox, _lago, _options, _time, _logger) = (outbox, lago, options.Value, time, logger);
        meters.Create(LedgerMeter.Name).CreateObservableGauge(
            "opscenter.lago.backlog", () => Volatile.Read(ref _backlog), "{event}", "Events that Lago has not taken yet.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!_options.IsOn)
            return;
        var metricKnown = false;
        using var timer = new PeriodicTimer(_options.Period, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    metricKnown = metricKnown || await CheckMetricAsync(stoppingToken);
                    if (metricKnown)
                        await DrainAsync(stoppingToken);
                    Volatile.Write(ref _backlog, await _outbox.CountWaitingAsync(OutboxMessage.Lago, stoppingToken));
                }
                catch (Exception fault) when (IsPassing(fault) && !stoppingToken.IsCancellationRequested)
                {
                    if (!_away)
                        LogAway(fault.Message);
                    _away = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Shutting down; what is claimed is another's in a minute.
        }
    }

    /// <summary>Sends what is due. Returns when nothing is, or when Lago does not take it.</summary>
    internal async Task DrainAsync(CancellationToken ct)
    {
        while (true)
        {
            var batch = await _outbox.ClaimAsync(OutboxMessage.Lago, BatchSize, ct);
            if (batch.Count == 0 || !await DeliverAsync(batch, ct))
                return;
        }
    }

    private async Task<bool> DeliverAsync(IReadOnlyList<Outbox.Waiting> batch, CancellationToken ct)
    {
        while (batch.Count > 0)
        {
            LagoVerdict verdict;
            try
            {
                verdict = await _lago.SendAsync([.. batch.Select(message => message.Payload)], ct);
            }
            catch (Exception fault) when (IsPassing(fault) && !ct.IsCancellationRequested)
            {
                if (!_away)
                    LogAway(fault.Message);
                _away = true;
                await _outbox.PutOffAsync(batch.Select(message => message.Id), Pause(batch.Max(message => message.Attempts)), fault.Message, ct);
                return false;
            }

            _away = false;
            await _outbox.MarkDeliveredAsync(
                batch.Where((_, index) => verdict.IsTaken || verdict.There.Contains(index)).Select(message => message.Id), ct);
            foreach (var (index, reason) in verdict.Refused)
            {
                LogRefused(batch[index].Id, reason);
                await _outbox.MarkDeadAsync(batch[index].Id, reason, ct);
            }

            // Lago took none of the others either: they go again without those.
            batch = verdict.IsTaken
                ? []
                : [.. batch.Where((_, index) => !verdict.There.Contains(index) && !verdict.Refused.ContainsKey(index))];
        }

        return true;
    }

    private async Task<bool> CheckMetricAsync(CancellationToken ct)
    {
        if (await _lago.KnowsMetricAsync(ct))
            return true;
        if (!_away)
            LogUnknownMetric(_options.MetricCode);
        _away = true;
        return false;
    }

    private TimeSpan Pause(int attempts)
    {
        var pause = _options.FirstPause * Math.Pow(2, Math.Min(attempts - 1, 20));
        return pause < LongestPause ? pause : LongestPause;
    }

    private static bool IsPassing(Exception fault) =>
        fault is HttpRequestException or OperationCanceledException or NpgsqlException or System.Text.Json.JsonException;

    [LoggerMessage(3101, LogLevel.Warning, "Lago does not take events ({Reason}); they wait.")]
    private partial void LogAway(string reason);

    [LoggerMessage(3102, LogLevel.Error, "Lago refused event {Id} for good: {Reason}")]
    private partial void LogRefused(long id, string reason);

    [LoggerMessage(3103, LogLevel.Error, "Lago has no billable metric {Code} and would forget every event for it. Create it, or set Credits:Lago:MetricCode.")]
    private partial void LogUnknownMetric(string code);
}
