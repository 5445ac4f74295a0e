using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Router;

public sealed class RouterApiTests(TestPostgres postgres)
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 7, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_gateway_gets_the_catalogue_with_its_levels()
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        var snapshot = await SnapshotAsync(router, after: 0);

        Assert.True(snapshot.Version > 0);
        Assert.True(snapshot.Offers.Count(offer => offer.Automatic) >= 30);
        Assert.Equal(3, snapshot.Levels.Count);
        Assert.Equal(new TokenPrices(590_000, 790_000), snapshot.Offers.Single(offer => offer.Id == "groq/llama-3.3-70b").Prices);
    }

    [Theory]
    [InlineData("GET", InternalPaths.Snapshot)]
    [InlineData("POST", InternalPaths.Outcomes)]
    [InlineData("POST", InternalPaths.Route)]
    public async Task Every_door_asks_for_the_service_token(string method, string path)
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await router.Anonymous.SendAsync(request, Ct);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task Versions_grow_over_restarts_and_replicas_and_the_catalogue_is_stored_once()
    {
        var database = postgres.NewDatabase("router");
        long first;
        await using (var router = await RouterProcess.StartAsync(database, _time))
            first = (await SnapshotAsync(router, after: 0)).Version;

        var replicas = await Task.WhenAll(RouterProcess.StartAsync(database, _time), RouterProcess.StartAsync(database, _time));
        await using var one = replicas[0];
        await using var other = replicas[1];
        var snapshots = await Task.WhenAll(SnapshotAsync(one, after: first), SnapshotAsync(other, after: first));

        Assert.NotEqual(snapshots[0].Version, snapshots[1].Version);
        Assert.Equal(snapshots[0].Offers.Select(offer => offer.Id), snapshots[1].Offers.Select(offer => offer.Id));
    }

    [Fact]
    public async Task A_waiting_gateway_gets_the_next_version_when_an_upstream_goes_down()
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        var first = await SnapshotAsync(router, after: 0);
        var waiting = SnapshotAsync(router, after: first.Version);

        await ReportAsync(router, [.. Enumerable.Repeat(Failure("groq", 503), 3)]);
        var next = await waiting;

        Assert.True(next.Version > first.Version);
        var groq = Assert.Single(next.Health);
        Assert.Equal(("groq", HealthState.Down), (groq.Upstream, groq.State));
        Assert.Equal(_time.GetUtcNow().AddMinutes(1), groq.OpenUntil);
    }

    [Fact]
    public async Task A_gateway_that_has_the_newest_is_let_go_after_half_a_minute()
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        var first = await router.Feed.NextSnapshotAsync(0, Ct);
        var waiting = router.Feed.NextSnapshotAsync(first!.Version, Ct);

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await waiting);
    }

    [Fact]
    public async Task A_question_is_answered_with_the_decision_and_every_candidate()
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        using var response = await AskAsync(router, """
            {"tier":"Free","body":{"power_level":"eco","messages":[{"role":"user","content":"Write a Python function that sorts a list."}]}}
            """);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var explanation = await response.Content.ReadFromJsonAsync<RouteExplanation>(ContractsJson.Strict, Ct);
        Assert.Equal("code", explanation!.Task);
        Assert.True(explanation.Chosen is { Provider: "local" or "groq" or "huggingface" });
        Assert.Contains(explanation.Candidates, candidate => candidate is { Provider: "openai", Eligible: false, Reason: "tier_not_allowed", Needs: "enterprise" });
        Assert.StartsWith("Read as code, short:", explanation.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"body":{"model":"gpt-5-mimi","messages":[{"role":"user","content":"hi"}]}}""", 404, "model_not_found", "model")]
    [InlineData("""{"tier":"Free","body":{"model":"openai/gpt-5","messages":[{"role":"user","content":"hi"}]}}""", 403, "tier_not_allowed", "model")]
    [InlineData("""{"body":{"model":"llama3-8b-local","tools":[{"type":"function"}],"messages":[{"role":"user","content":"hi"}]}}""", 400, "unsupported_capability", "tools")]
    [InlineData("""{"body":{"model":"llama3-8b-local","max_tokens":100000,"messages":[{"role":"user","content":"hi"}]}}""", 400, "context_length_exceeded", "messages")]
    [InlineData("""{"body":{"messages":[]}}""", 400, "invalid_request", "messages")]
    [InlineData("""{"body":{"messages":[{"role":"user","content":"hi"}],"messages":[]}}""", 400, "invalid_request", null)]
    [InlineData("""{"tier":"Free"}""", 400, "invalid_request", null)]
    [InlineData("null", 400, "invalid_request", null)]
    [InlineData("{", 400, "invalid_request", null)]
    public async Task A_refusal_is_a_problem_that_openai_clients_can_read(string question, int status, string code, string? param)
    {
        await using var router = await RouterProcess.StartAsync(postgres.NewDatabase("router"), _time);
        using var response = await AskAsync(router, question);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        var error = problem.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(param, error.GetProperty("param").GetString());
        Assert.Equal(problem.GetProperty("detail").GetString(), error.GetProperty("message").GetString());
        if (code == "model_not_found")
            Assert.Contains("gpt-5-mini", problem.GetProperty("did_you_mean").EnumerateArray().Select(name => name.GetString()));
    }

    private static async Task<RouteSnapshot> SnapshotAsync(RouterProcess router, long after) =>
        (await router.Client.GetFromJsonAsync<RouteSnapshot>($"{InternalPaths.Snapshot}?after={after}", ContractsJson.Strict, Ct))!;

    private static async Task ReportAsync(RouterProcess router, Outcome[] outcomes)
    {
        using var response = await router.Client.PostAsJsonAsync(InternalPaths.Outcomes, new OutcomeBatch("g1", outcomes), ContractsJson.Strict, Ct);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> AskAsync(RouterProcess router, string question)
    {
        using var content = new StringContent(question, Encoding.UTF8, "application/json");
        return await router.Client.PostAsync(InternalPaths.Route, content, Ct);
    }

    private Outcome Failure(string upstream, int status) =>
        new(upstream, $"{upstream}/m", _time.GetUtcNow(), status, "upstream_error", null, 20, 0);
}
