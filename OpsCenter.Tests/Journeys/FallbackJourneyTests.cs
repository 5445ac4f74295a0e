using System.Net;
using System.Net.Http.Json;
using OpsCenter.Contracts;
using OpsCenter.Sandbox;
using OpsCenter.Tests.Support;
using static OpsCenter.Tests.Support.ChatClientExtensions;

namespace OpsCenter.Tests.Journeys;

public sealed class FallbackJourneyTests(OwnHost own) : IClassFixture<OwnHost>, IAsyncLifetime
{
    private const string Model = "llama-3.3-70b";

    private OpsCenterHost _host = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await own.HostAsync();
        _host.Faults.Clear();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("429", "429")]
    [InlineData("500", "500")]
    [InlineData("503", "503")]
    [InlineData("529", "529")]
    [InlineData("401", "401")]
    [InlineData("404", "404")]
    [InlineData("cut-before-first-token", "cut")]
    [InlineData("error-in-200", "")]
    [InlineData("html-error", "")]
    public async Task Fallback_chains_work_on_provider_failure(string fault, string trail)
    {
        foreach (var stream in new[] { true, false })
        {
            var account = await _host.NewAccountAsync(credit: "10");
            var first = (await account.ChatAsync(Chat("Hello", ("model", Model)))).Header("X-Provider-Used");
            var before = (await account.SettledBalanceAsync()).Posted;
            _host.Faults.Add(first["sandbox/".Length..], Fault.Parse(fault)!, times: 1);

            HttpResponseMessage response;
            if (stream)
            {
                var answer = await account.StreamAsync(Chat("Hello", ("model", Model)));
                Assert.True(answer.Done);
                Assert.False(answer.Broken);
                response = answer.Response;
            }
            else
            {
                response = await account.ChatAsync(Chat("Hello", ("model", Model)));
            }

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.NotEqual(first, response.Header("X-Provider-Used"));
            Assert.Equal(2, response.IntHeader("X-Route-Attempts"));
            Assert.StartsWith($"{first}={trail}", response.Header("X-Route-Trail"), StringComparison.Ordinal);
            Assert.True((await account.SettledBalanceAsync()).Posted < before);
            var charges = (await _host.Ledger.GetTransactionsAsync(account.Id, null, 10, TestContext.Current.CancellationToken)).Data;
            Assert.Equal(3, charges.Count);
            _host.Faults.Clear();
        }
    }

    [Fact]
    public async Task When_a_pinned_provider_limits_requests_the_caller_learns_when_to_come_back()
    {
        var account = await _host.NewAccountAsync(credit: "10");

        var response = await account.ChatAsync(Chat("[[fault:429-7]] Hello", ("model", _host.AnyModelOf("groq"))));

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal("7", response.Header("Retry-After"));
        Assert.Equal("rate_limit_exceeded", (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(NanoUsd.FromUsd(10), (await account.SettledBalanceAsync()).Posted);
    }

    [Fact]
    public async Task A_stream_that_the_provider_cuts_ends_in_an_error_and_costs_nothing()
    {
        foreach (var provider in new[] { "groq", "anthropic" })
        {
            var account = await _host.NewAccountAsync(credit: "10");

            var answer = await account.StreamAsync(Chat("[[fault:cut-after-3]] Tell me about rivers", ("model", _host.AnyModelOf(provider))));

            Assert.NotEqual("", answer.Text);
            Assert.False(answer.Done);
            Assert.True(answer.Broken);
            Assert.Equal("upstream_error", answer.Error?.GetProperty("code").GetString());
            Assert.Equal(NanoUsd.FromUsd(10), (await account.SettledBalanceAsync()).Posted);
        }
    }

    [Fact]
    public async Task A_provider_that_reports_no_usage_is_counted_here_and_marked()
    {
        var account = await _host.NewAccountAsync(credit: "10");

        var answer = await account.StreamAsync(Chat(
            "[[fault:silent-usage]] Tell me about rivers", ("model", _host.AnyModelOf("openai")), ("stream_options", new { include_usage = true })));

        Assert.True(answer.Done);
        Assert.True(answer.Last.GetProperty("usage").GetProperty("estimated").GetBoolean());
        Assert.True(answer.Last.GetProperty("usage").GetProperty("completion_tokens").GetInt64() > 0);
        Assert.True((await account.SettledBalanceAsync()).Posted < NanoUsd.FromUsd(10));
    }

    [Theory]
    [InlineData("negative-usage")]
    [InlineData("huge-usage")]
    public async Task Absurd_usage_is_not_believed(string fault)
    {
        var account = await _host.NewAccountAsync(credit: "10");

        await account.ChatAsync(Chat($"[[fault:{fault}]] Tell me about rivers", ("model", _host.AnyModelOf("openai"))));

        var posted = (await account.SettledBalanceAsync()).Posted;
        Assert.InRange(posted.Value, NanoUsd.Parse("9.9").Value, NanoUsd.Parse("9.999999999").Value);
    }

    [Fact]
    public async Task Who_hangs_up_stops_the_provider_and_pays_for_what_was_produced()
    {
        var account = await _host.NewAccountAsync(credit: "10");
        // One that does not think first: what a model thought is not content yet.
        const string Unthinking = "openai/gpt-4o-mini";
        using var hangUp = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, ChatPath)
        {
            Content = JsonContent.Create(Chat("[[fault:slow-5]] Tell me about rivers", ("model", Unthinking), ("stream", true))),
        };
        var response = await account.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, hangUp.Token);
        var stream = await response.Content.ReadAsStreamAsync(hangUp.Token);
        var read = await stream.ReadAsync(new byte[64], hangUp.Token);
        Assert.True(read > 0);

        await hangUp.CancelAsync();
        response.Dispose();

        var call = _host.ProviderCalls[^1];
        await call.Ended.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(call.HungUp);
        var posted = (await account.SettledBalanceAsync()).Posted;
        Assert.True(posted < NanoUsd.FromUsd(10), "what was produced is charged");
    }

    [Fact]
    public async Task A_provider_that_refuses_the_request_itself_is_not_asked_again_elsewhere()
    {
        var account = await _host.NewAccountAsync(credit: "10");

        var response = await account.ChatAsync(Chat("[[fault:content-policy]] Hello", ("model", Model)));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(1, response.IntHeader("X-Route-Attempts"));
        Assert.Equal(NanoUsd.FromUsd(10), (await account.SettledBalanceAsync()).Posted);
    }
}
