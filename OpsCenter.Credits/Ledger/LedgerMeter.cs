using System.Diagnostics.Metrics;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Ledger;

/// <summary>The ledger's figures for the operator.</summary>
internal sealed class LedgerMeter
{
    public const string Name = "OpsCenter.Credits";

    private readonly Meter _meter;
    private readonly Histogram<int> _batchSize;
    private readonly Histogram<double> _commitDuration;
    private readonly Counter<long> _replies;

    public LedgerMeter(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _batchSize = _meter.CreateHistogram<int>("opscenter.ledger.batch.size", "{command}", "Commands in one transaction.");
        _commitDuration = _meter.CreateHistogram<double>("opscenter.ledger.commit.duration", "s", "From the first lock to the commit.");
        _replies = _meter.CreateCounter<long>("opscenter.ledger.replies", "{reply}", "Answered commands by operation and status.");
    }

    public void Committed(int commands, TimeSpan took)
    {
        _batchSize.Record(commands);
        _commitDuration.Record(took.TotalSeconds);
    }

    public void Replied(LedgerCommand command, LedgerStatus status)
    {
        if (_replies.Enabled)
            _replies.Add(1, new("op", command.GetType().Name), new("status", status.ToString()));
    }

    public void Watch(IReadOnlyList<Lane> lanes) => _meter.CreateObservableGauge(
        "opscenter.ledger.queue.length",
        () => lanes.Select((lane, index) => new Measurement<int>(lane.QueueLength, new KeyValuePair<string, object?>("lane", index))),
        "{command}",
        "Commands that wait for their lane.");
}
