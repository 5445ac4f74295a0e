using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OpsCenter.Contracts;
using OpsCenter.Router;
using OpsCenter.Router.Health;

namespace OpsCenter.Tests.Router;

public sealed class UpstreamHealthTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly HealthBoard _board;

    public UpstreamHealthTests() =>
        _board = new HealthBoard(_time, Options.Create(new RouterOptions()), NullLogger<HealthBoard>.Instance);

    [Fact]
    public void Two_failures_are_allowed_and_the_third_takes_it_down()
    {
        Record(503, 503);
        Assert.Equal(HealthState.Healthy, State.State);

        Record(503);
        Assert.Equal(HealthState.Down, State.State);
        Assert.Equal(_time.GetUtcNow().AddSeconds(60), State.OpenUntil);
        Assert.Equal("upstream_error", State.LastFailure);
    }

    [Fact]
    public void One_answer_brings_it_back()
    {
        Record(503, 503, 503, 200);

        Assert.Equal(HealthState.Healthy, State.State);
        Assert.Null(State.OpenUntil);
        Assert.Equal(0.25, State.Uptime5m);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(499)]
    public void What_is_not_its_fault_does_not_count(int status)
    {
        Record(200, status, status, status, status);

        Assert.Equal(HealthState.Healthy, State.State);
        Assert.Equal(1, State.Uptime5m);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(504)]
    public void No_answer_and_a_fault_of_the_server_count(int status)
    {
        Record(status, status, status);

        Assert.Equal(HealthState.Down, State.State);
    }

    [Fact]
    public void An_answer_that_breaks_off_is_a_failure()
    {
        _board.Record([Outcome(200) with { Failure = "broken_stream" }]);

        Assert.Equal(0, State.Uptime5m);
        Assert.Equal("broken_stream", State.LastFailure);
    }

    [Fact]
    public void Slow_first_tokens_make_it_slow_and_are_measured()
    {
        for (var i = 1; i <= 20; i++)
            _board.Record([Outcome(200) with { FirstTokenMs = i * 1_000 }]);

        Assert.Equal(HealthState.Slow, State.State);
        Assert.Equal(10_000, State.FirstTokenP50Ms);
        Assert.Equal(19_000, State.FirstTokenP95Ms);
    }

    [Fact]
    public void After_five_quiet_minutes_nothing_is_known()
    {
        Record(200);
        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(HealthState.Unknown, State.State);
        Assert.Null(State.Uptime5m);
    }

    [Fact]
    public async Task A_change_of_state_is_told_once()
    {
        Record(200, 200);
        await _board.ChangedAsync(TestContext.Current.CancellationToken);
        Record(200, 200);
        var quiet = _board.ChangedAsync(TestContext.Current.CancellationToken);
        Assert.False(quiet.IsCompleted);

        Record(500, 500, 500);
        await quiet;
    }

    private UpstreamHealth State => Assert.Single(_board.States());

    private void Record(params int[] statuses)
    {
        foreach (var status in statuses)
            _board.Record([Outcome(status)]);
    }

    private Outcome Outcome(int status) =>
        new("groq", "groq/m", _time.GetUtcNow(), status, status is >= 200 and < 300 ? null : "upstream_error", 200, 900, 50);
}
