using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpsCenter.Contracts;
using OpsCenter.Tests.Support;

namespace OpsCenter.Tests.Credits;

/// <summary>The internal doors as another service meets them: over a socket, and strict.</summary>
public sealed class LedgerApiTests(TestPostgres postgres) : IAsyncLifetime
{
    private const string Account = "019ac000-0000-7000-8000-0000000000aa";
    private const string Id = "019ac000-0000-7000-8000-0000000000bb";

    private CreditsService _credits = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _credits = await CreditsService.StartAsync(postgres);
        _http = _credits.NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _credits.DisposeAsync();
    }

    [Fact]
    public async Task Commands_of_many_requests_travel_in_one_batch_and_are_answered_in_order()
    {
        var account = await _credits.AccountWithAsync(100);
        var (one, two) = (Some.Id(), Some.Id());
        var batch = new LedgerBatch(
        [
            Some.Reserve(one, account, 60),
            Some.Reserve(two, account, 60),
            Some.Extend(one, account, 10, observed: 5),
            Some.Heartbeat(one, account, 8),
            Some.Settle(one, account, 20),
            new Release(two, account),
            new Post(Some.Id(), Some.Id(), PostKind.Grant, new NanoUsd(7), "welcome"),
        ]);

        using var response = await _http.PostAsJsonAsync(InternalPaths.Ledger, batch, ContractsJson.Strict, Ct);

        var replies = (await response.Content.ReadFromJsonAsync<LedgerReplies>(ContractsJson.Strict, Ct))!.Replies;
        Assert.Equal(batch.Commands.Select(command => command.Id), replies.Select(reply => reply.Id));
        Assert.Equal(
            [
                LedgerStatus.Ok, LedgerStatus.InsufficientCredits, LedgerStatus.Ok, LedgerStatus.Ok, LedgerStatus.Ok,
                LedgerStatus.Gone, LedgerStatus.Ok,
            ],
            replies.Select(reply => reply.Status));
        Assert.Equal(new NanoUsd(80), replies[4].Available);
        await _credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task Balance_and_statement_can_be_read()
    {
        var account = await _credits.AccountWithAsync(100);

        var balance = await _http.GetFromJsonAsync<Balance>($"/internal/accounts/{account}/balance", ContractsJson.Strict, Ct);
        var page = await _http.GetFromJsonAsync<TransactionPage>($"/internal/accounts/{account}/transactions?limit=5", ContractsJson.Strict, Ct);
        var before = await _http.GetFromJsonAsync<TransactionPage>($"/internal/accounts/{account}/transactions?after=1", ContractsJson.Strict, Ct);

        Assert.Equal(new NanoUsd(100), balance!.Available);
        Assert.Equal("purchase", Assert.Single(page!.Data).Kind);
        Assert.Empty(before!.Data);
    }

    [Fact]
    public async Task An_unknown_account_has_no_balance()
    {
        using var response = await _http.GetAsync($"/internal/accounts/{Some.Id()}/balance", Ct);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("201")]
    public async Task A_page_that_is_empty_or_endless_is_refused(string limit)
    {
        using var response = await _http.GetAsync($"/internal/accounts/{Some.Id()}/transactions?limit={limit}", Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    /// <summary>A price that binds to zero because a field was missing or misspelt would be a free request.</summary>
    [Theory]
    [InlineData("""{"commands":[{"op":"reserve","id":"ID","account_id":"ACCOUNT","key_id":null,"lease_seconds":60}]}""", "$.commands[0]", "amount")]
    [InlineData("""{"commands":[{"op":"settle","id":"ID","account_id":"ACCOUNT","cost":"1"}]}""", "$.commands[0]", "usage")]
    [InlineData("""{"commands":[{"op":"release","id":"ID","account_id":"ACCOUNT","amuont":"1"}]}""", "$.commands[0]", "amuont")]
    [InlineData("""{"commands":[{"op":"heartbeat","id":"ID","account_id":"ACCOUNT","observed":1,"lease_seconds":60}]}""", "$.commands[0].observed", "decimal string")]
    [InlineData("""{"commands":[{"op":"heartbeat","id":"ID","account_id":"ACCOUNT","observed":"-1","lease_seconds":60}]}""", "$.commands[0].observed", "range")]
    [InlineData("""{"commands":[{"op":"release","id":"ID","account_id":"ACCOUNT"},{"op":"reserve","id":"ID","account_id":"ACCOUNT","key_id":null,"amount":"1","lease_seconds":0}]}""", "$.commands[1].lease_seconds", "range")]
    [InlineData("""{"commands":[{"op":"post","id":"ID","account_id":"ACCOUNT","kind":99,"amount":"1","memo":null}]}""", "$.commands[0].kind", "")]
    [InlineData("""{"commands":[{"op":"recover","id":"ID","account_id":"ACCOUNT"}]}""", "$.commands[0]", "recover")]
    [InlineData("""{"commands":[{"id":"ID","account_id":"ACCOUNT"}]}""", "$.commands", "op")]
    [InlineData("""{"commands":[{"op":"release","id":"ID","id":"ID","account_id":"ACCOUNT"}]}""", "$.commands[0]", "uplicate")]
    [InlineData("""{"commands":[{"op":"release","id":"00000000-0000-0000-0000-000000000000","account_id":"ACCOUNT"}]}""", "$.commands[0].id", "range")]
    [InlineData("""{"commands":[{"op":"release","id":"ID","account_id":"00000000-0000-0000-0000-000000000002"}]}""", "$.commands[0].account_id", "range")]
    [InlineData("""{"commands":[null]}""", "$.commands[0]", "object")]
    [InlineData("""{"commands":null}""", "$.commands", "")]
    [InlineData("null", "$", "batch")]
    [InlineData("", "$", "")]
    [InlineData("{", "$", "")]
    public async Task A_malformed_batch_is_refused_and_its_fault_named(string body, string path, string word)
    {
        using var content = new StringContent(body.Replace("ACCOUNT", Account, StringComparison.Ordinal).Replace("ID", Id, StringComparison.Ordinal), Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(InternalPaths.Ledger, content, Ct);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Ct);
        var detail = problem.GetProperty("detail").GetString();
        Assert.Contains(path, detail, StringComparison.Ordinal);
        Assert.Contains(word, detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_cannot_answer_asks_to_try_again_in_a_second()
    {
        var account = await _credits.AccountWithAsync(100);
        await _credits.Ledger.StopAsync(Ct);

        using var response = await _http.PostAsJsonAsync(
            InternalPaths.Ledger, new LedgerBatch([Some.Reserve(Some.Id(), account, 1)]), ContractsJson.Strict, Ct);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(InternalPaths.Ledger)]
    [InlineData($"/internal/accounts/{Account}/balance")]
    [InlineData($"/internal/accounts/{Account}/transactions")]
    public async Task Only_services_come_in(string path)
    {
        _http.DefaultRequestHeaders.Authorization = null;

        using var response = path == InternalPaths.Ledger
            ? await _http.PostAsJsonAsync(path, new LedgerBatch([]), ContractsJson.Strict, Ct)
            : await _http.GetAsync(path, Ct);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
