using Microsoft.Extensions.Time.Testing;
using OpsCenter.Sandbox;

namespace OpsCenter.Tests.Sandbox;

public sealed class PaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task The_first_token_waits_and_the_others_follow_at_the_rate()
    {
        var pace = new Pace(_time, tokensPerSecond: 10, TimeSpan.FromMilliseconds(80));
        var first = pace.FirstTokenAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(79));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await first;

        var next = pace.AfterAsync(5, TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await next;
    }

    [Fact]
    public async Task A_late_timer_does_not_slow_the_tokens_after_it()
    {
        var pace = new Pace(_time, tokensPerSecond: 10, TimeSpan.Zero);
        await pace.FirstTokenAsync(TestContext.Current.CancellationToken);
        var first = pace.AfterAsync(1, TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await first;

        Assert.True(pace.AfterAsync(1, TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Zero_waits_for_nothing()
    {
        var pace = new Pace(_time, 0, TimeSpan.Zero);
        await pace.FirstTokenAsync(TestContext.Current.CancellationToken);

        Assert.True(pace.AfterAsync(1_000_000, TestContext.Current.CancellationToken).AsTask().IsCompletedSuccessfully);
    }
}
