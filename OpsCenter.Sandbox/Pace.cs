namespace OpsCenter.Sandbox;

/// <summary>
/// When the next token is due. Due times are counted from the first token, so that a late timer does not slow the whole answer.
/// </summary>
internal sealed class Pace(TimeProvider time, double tokensPerSecond, TimeSpan firstToken)
{
    private long _start;
    private double _due;

    /// <summary>Nothing waits: then pieces may travel together.</summary>
    public bool IsUnlimited => tokensPerSecond <= 0;

    public async ValueTask FirstTokenAsync(CancellationToken ct)
    {
        if (firstToken > TimeSpan.Zero)
            await Task.Delay(firstToken, time, ct);
        _start = time.GetTimestamp();
    }

    /// <summary>Returns when as many tokens more have had their time.</summary>
    public ValueTask AfterAsync(int tokens, CancellationToken ct)
    {
        if (IsUnlimited)
            return ValueTask.CompletedTask;
        _due += tokens / tokensPerSecond;
        var wait = TimeSpan.FromSeconds(_due) - time.GetElapsedTime(_start);
        return wait > TimeSpan.Zero ? new ValueTask(Task.Delay(wait, time, ct)) : ValueTask.CompletedTask;
    }
}
