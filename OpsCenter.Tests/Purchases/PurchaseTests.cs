using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using OpsCenter.Contracts;
using OpsCenter.Credits.Ledger;
using OpsCenter.Credits.Purchases;
using OpsCenter.Gateway.Doors;
using OpsCenter.Sandbox.Stripe;
using OpsCenter.Tests.Credits;
using OpsCenter.Tests.Support;
using Stripe;

namespace OpsCenter.Tests.Purchases;

/// <summary>Buying credits over HTTP, with the played Stripe in the place of the real one.</summary>
public sealed class PurchaseTests(TestPostgres postgres) : IAsyncLifetime
{
    private const string BuyPath = "/api/v1/credits/purchase";
    private const string WebhookPath = "/api/v1/webhooks/stripe";
    private const string Secret = "whsec_new";
    private const string OldSecret = "whsec_old";

    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private OpsCenterHost _host = null!;
    private TestAccount _buyer = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private StripeBook Stripe => _host.Services.GetRequiredService<StripeBook>();

    private StripeFaults Faults => _host.Services.GetRequiredService<StripeFaults>();

    public async ValueTask InitializeAsync()
    {
        _host = await OpsCenterHost.StartAsync(
            postgres,
            new Dictionary<string, string?>
            {
                ["OpsCenter:Stripe:WebhookSecret"] = Secret,
                ["OpsCenter:Stripe:PreviousWebhookSecret"] = OldSecret,
                ["Sandbox:Stripe:WebhookSecret"] = Secret,
            },
            // Its ten minutes pass when a test says so.
            builder => builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<PurchaseReconciler>(provider, _clock)));
        _buyer = await _host.NewAccountAsync(credit: "0");
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            Assert.Empty(await _host.Services.GetRequiredService<LedgerCheck>().FindAsync(NanoUsd.FromUsd(1000), CancellationToken.None));
        }
        finally
        {
            await _host.DisposeAsync();
        }
    }

    [Fact]
    public async Task Credit_purchases_update_balance()
    {
        var purchase = await BuyAsync("""{"package_id":"credits_25"}""");

        var page = await _host.Http.GetStringAsync(new Uri(purchase.CheckoutUrl), Ct);
        Assert.Contains("Test payment", page, StringComparison.Ordinal);
        Assert.Contains("25.00 USD", page, StringComparison.Ordinal);
        await PayAsync(purchase);

        await BalanceBecomesAsync("25");
        var found = await FindAsync(purchase.Id);
        Assert.Equal("paid", found.GetProperty("status").GetString());
        Assert.Contains("Receipt", await _host.Http.GetStringAsync(new Uri(found.GetProperty("receipt_url").GetString()!), Ct), StringComparison.Ordinal);
        var entry = Assert.Single((await _host.Ledger.GetTransactionsAsync(_buyer.Id, null, 10, Ct)).Data);
        Assert.Equal(("purchase", NanoUsd.FromUsd(25), purchase.Id), (entry.Kind, entry.Amount, entry.Id));
    }

    [Theory]
    [InlineData("\"5.00\"", "5")]
    [InlineData("\"12.34\"", "12.34")]
    [InlineData("1000", "1000")]
    public async Task A_free_amount_is_credited_to_the_cent(string amount, string credited)
    {
        await PayAsync(await BuyAsync($$"""{"amount":{{amount}}}"""));

        await BalanceBecomesAsync(credited);
    }

    [Theory]
    [InlineData("""{"amount":"4.99"}""", 422, "amount_out_of_range")]
    [InlineData("""{"amount":"1000.01"}""", 422, "amount_out_of_range")]
    [InlineData("""{"amount":"0"}""", 422, "amount_out_of_range")]
    [InlineData("""{"amount":"-10"}""", 422, "amount_out_of_range")]
    [InlineData("""{"amount":"10.005"}""", 422, "amount_out_of_range")]
    [InlineData("""{"amount":"9223372036854775808"}""", 400, "invalid_request")]
    [InlineData("""{"amount":1e400}""", 400, "invalid_request")]
    [InlineData("""{"amount":"ten"}""", 400, "invalid_request")]
    [InlineData("""{"amount":true}""", 400, "invalid_request")]
    [InlineData("""{"amount":null}""", 400, "invalid_request")]
    [InlineData("""{"amount":"10","amount":"20"}""", 400, "invalid_request")]
    [InlineData("""{"amount":"10","package_id":"credits_5"}""", 400, "invalid_request")]
    [InlineData("""{"amount":"10","credits":"1000"}""", 400, "invalid_request")]
    [InlineData("""{"package_id":"credits_7"}""", 422, "unknown_package")]
    [InlineData("""{"package_id":"\ud800"}""", 400, "invalid_request")]
    [InlineData("{}", 400, "invalid_request")]
    [InlineData("[]", 400, "invalid_request")]
    [InlineData("", 400, "invalid_request")]
    public async Task An_order_that_makes_no_sense_is_explained(string body, int status, string code)
    {
        using var response = await PostAsync(body, key: "same");

        Assert.Equal((status, code), ((int)response.StatusCode, await CodeAsync(response)));
        // It has not used up its key.
        using var next = await PostAsync("""{"amount":"10"}""", key: "same");
        Assert.Equal(HttpStatusCode.Created, next.StatusCode);
    }

    [Fact]
    public async Task The_refusal_names_the_accepted_range()
    {
        using var response = await PostAsync("""{"amount":"1"}""");

        var problem = await response.JsonAsync();
        Assert.Equal(("5.00", "1000.00"), (problem.GetProperty("minimum").GetString(), problem.GetProperty("maximum").GetString()));
    }

    [Fact]
    public async Task Packages_say_that_payments_are_tests()
    {
        var packages = await _buyer.Http.GetFromJsonAsync<JsonElement>(new Uri("/api/v1/credits/packages", UriKind.Relative), Ct);

        Assert.True(packages.GetProperty("test_payments").GetBoolean());
        Assert.Equal(["5.00", "10.00", "25.00", "50.00", "100.00"], packages.GetProperty("data").EnumerateArray().Select(package => package.GetProperty("amount").GetString()));
    }

    [Fact]
    public async Task A_double_click_buys_once()
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync("""{"amount":"10"}""", key: "click")));
        using var again = await PostAsync("""{"amount":"10"}""", key: "click");
        using var other = await PostAsync("""{"amount":"11"}""", key: "click");

        var first = Assert.Single(replies, reply => reply.StatusCode is HttpStatusCode.Created && !reply.Headers.Contains("Idempotent-Replayed"));
        Assert.All(replies, reply => Assert.True(reply.StatusCode is HttpStatusCode.Created or HttpStatusCode.Conflict));
        Assert.Equal("true", again.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(await first.Content.ReadAsStringAsync(Ct), await again.Content.ReadAsStringAsync(Ct));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (other.StatusCode, await CodeAsync(other)));
        Assert.Single(Stripe.List("checkout.session", _ => true));
    }

    [Fact]
    public async Task Another_account_does_not_see_a_purchase()
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");
        var other = await _host.NewAccountAsync(credit: "0");

        using var response = await other.Http.GetAsync(new Uri($"/api/v1/credits/purchases/{purchase.Id}", UriKind.Relative), Ct);

        Assert.Equal((HttpStatusCode.NotFound, "purchase_not_found"), (response.StatusCode, await CodeAsync(response)));
    }

    [Fact]
    public async Task Six_webhooks_of_each_event_credit_once()
    {
        Faults.Add(StripeFaults.WebhookDuplicate, times: null);

        await PayAsync(await BuyAsync("""{"amount":"10"}"""));

        await BalanceBecomesAsync("10");
        await InboxIsEmptyAsync();
        Assert.Single((await _host.Ledger.GetTransactionsAsync(_buyer.Id, null, 10, Ct)).Data);
    }

    [Fact]
    public async Task A_refund_that_is_heard_of_before_its_payment_leaves_the_exact_balance()
    {
        Faults.Add(StripeFaults.WebhookNever, times: null);
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);
        Stripe.Refund(PaymentOf(purchase), 250);
        var events = Stripe.List("event", _ => true);

        // Newest first, which is the wrong way round.
        foreach (var happened in events)
            Assert.Equal(HttpStatusCode.OK, (await DeliverAsync(happened.ToJsonString())).StatusCode);

        await BalanceBecomesAsync("7.5");
        await InboxIsEmptyAsync();
        var found = await FindAsync(purchase.Id);
        Assert.Equal(("paid", "2.50"), (found.GetProperty("status").GetString(), found.GetProperty("refunded").GetString()));
        Assert.Equal(["refund", "purchase"], (await _host.Ledger.GetTransactionsAsync(_buyer.Id, null, 10, Ct)).Data.Select(entry => entry.Kind));
    }

    [Fact]
    public async Task Refunds_add_up_and_one_that_fails_is_booked_back()
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);
        await BalanceBecomesAsync("10");

        Stripe.Refund(PaymentOf(purchase), 300);
        await BalanceBecomesAsync("7");
        var rest = Stripe.Refund(PaymentOf(purchase), null)!;
        await BalanceBecomesAsync("0");
        await StatusBecomesAsync(purchase, "refunded");
        Assert.True(Stripe.FailRefund(rest["id"]!.GetValue<string>()));

        await BalanceBecomesAsync("7");
        await StatusBecomesAsync(purchase, "paid");
    }

    [Fact]
    public async Task A_dispute_takes_the_money_and_gives_it_back_when_it_is_won()
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);
        await BalanceBecomesAsync("10");

        var dispute = Stripe.Dispute(PaymentOf(purchase))!["id"]!.GetValue<string>();
        await BalanceBecomesAsync("0");
        await StatusBecomesAsync(purchase, "disputed");
        Assert.True(Stripe.Decide(dispute, won: true));

        await BalanceBecomesAsync("10");
        await StatusBecomesAsync(purchase, "paid");
    }

    [Fact]
    public async Task Money_that_comes_later_is_credited_when_it_comes()
    {
        var (arriving, bouncing) = (await BuyAsync("""{"amount":"10"}"""), await BuyAsync("""{"amount":"20"}"""));
        await PayAsync(arriving, "later");
        await PayAsync(bouncing, "later");
        await InboxIsEmptyAsync();
        Assert.Equal("pending", (await FindAsync(arriving.Id)).GetProperty("status").GetString());

        Assert.True(Stripe.Arrive(SessionOf(arriving), arrives: true));
        Assert.True(Stripe.Arrive(SessionOf(bouncing), arrives: false));

        await BalanceBecomesAsync("10");
        await StatusBecomesAsync(bouncing, "failed");
    }

    [Fact]
    public async Task A_declined_card_can_be_followed_by_one_that_is_confirmed()
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");

        Assert.Contains("declined", await PayAsync(purchase, "decline"), StringComparison.Ordinal);
        Assert.Contains("Confirm", await PayAsync(purchase, "3ds"), StringComparison.Ordinal);
        await PayAsync(purchase);

        await BalanceBecomesAsync("10");
    }

    [Fact]
    public async Task Nobody_pays_in_time()
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");

        Assert.True(Stripe.Expire(SessionOf(purchase)));

        await StatusBecomesAsync(purchase, "expired");
    }

    [Fact]
    public async Task Without_any_webhook_the_return_page_credits()
    {
        Faults.Add(StripeFaults.WebhookNever, times: null);
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);

        await StatusBecomesAsync(purchase, "paid");

        await BalanceBecomesAsync("10");
    }

    [Fact]
    public async Task Without_any_webhook_the_reconciler_credits_within_ten_minutes()
    {
        Faults.Add(StripeFaults.WebhookNever, times: null);
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);
        Assert.Null(await _host.Ledger.GetBalanceAsync(_buyer.Id, Ct));

        _clock.Advance(TimeSpan.FromMinutes(10));
        await BalanceBecomesAsync("10");

        // Nor did anybody tell of the refund.
        Stripe.Refund(PaymentOf(purchase), 400);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await BalanceBecomesAsync("6");
    }

    [Fact]
    public async Task A_page_that_was_opened_though_Stripe_said_500_is_found()
    {
        Faults.Add(StripeFaults.ErrorAfter, times: 1);

        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);

        await BalanceBecomesAsync("10");
        Assert.Single(Stripe.List("checkout.session", _ => true));
    }

    [Fact]
    public async Task While_Stripe_fails_nothing_is_sold_and_the_same_key_works_afterwards()
    {
        Faults.Add(StripeFaults.RateLimit, times: null);
        using (var refused = await PostAsync("""{"amount":"10"}""", key: "k"))
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "payment_provider_unavailable"), (refused.StatusCode, await CodeAsync(refused)));
        Faults.Clear();

        using var response = await PostAsync("""{"amount":"10"}""", key: "k");

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Single(Stripe.List("checkout.session", _ => true));
    }

    [Theory]
    [InlineData("amount_total", "100")]
    [InlineData("currency", "\"eur\"")]
    [InlineData("livemode", "true")]
    [InlineData("client_reference_id", "\"somebody-else\"")]
    public async Task What_was_not_asked_for_is_not_credited(string member, string value)
    {
        var purchase = await BuyAsync("""{"amount":"10"}""");
        Stripe.Alter(SessionOf(purchase), member, System.Text.Json.Nodes.JsonNode.Parse(value)!);

        await PayAsync(purchase);

        await StatusBecomesAsync(purchase, "under_review");
        Assert.Null(await _host.Ledger.GetBalanceAsync(_buyer.Id, Ct));
    }

    [Theory]
    [InlineData(Secret, 0, 200)]
    [InlineData(OldSecret, 0, 200)]
    [InlineData("whsec_wrong", 0, 400)]
    [InlineData(Secret, 299, 200)]
    [InlineData(Secret, -310, 400)]
    [InlineData(Secret, 310, 400)]
    public async Task A_webhook_counts_when_its_signature_is_right_and_fresh(string secret, int secondsAhead, int status)
    {
        using var response = await DeliverAsync(Event("product.created"), secret, secondsAhead);

        Assert.Equal(status, (int)response.StatusCode);
        await InboxIsEmptyAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("t=,v1=")]
    [InlineData("t=99999999999999999999,v1=ab")]
    [InlineData("t=1,v0=ab")]
    public async Task A_broken_signature_is_refused(string? signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookPath) { Content = new StringContent(Event("product.created")) };
        if (signature is not null)
            request.Headers.TryAddWithoutValidation("Stripe-Signature", signature);

        using var response = await _host.Http.SendAsync(request, Ct);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_webhook"), (response.StatusCode, await CodeAsync(response)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not JSON")]
    [InlineData("""{"id":"evt_1","type":"x","created":1}""")]
    [InlineData("""{"id":"evt_1","type":"x","created":1,"data":{}}""")]
    [InlineData("""{"id":"evt_1","type":"x","created":1e99,"data":{"object":{}}}""")]
    [InlineData("""{"id":"evt_\u0000","type":"x","created":1,"data":{"object":{}}}""")]
    [InlineData("""{"id":"\ud800","type":"x","created":1,"data":{"object":{}}}""")]
    public async Task A_signed_body_that_is_no_event_is_refused(string body)
    {
        using var response = await DeliverAsync(body);

        Assert.Equal((HttpStatusCode.BadRequest, "invalid_webhook"), (response.StatusCode, await CodeAsync(response)));
    }

    [Fact]
    public async Task An_event_of_another_API_version_is_acted_upon_all_the_same()
    {
        Faults.Add(StripeFaults.WebhookNever, times: null);
        var purchase = await BuyAsync("""{"amount":"10"}""");
        await PayAsync(purchase);
        var completed = Stripe.List("event", item => item["type"]!.GetValue<string>() == "checkout.session.completed").Single();
        completed["api_version"] = "2020-08-27";

        Assert.Equal(HttpStatusCode.OK, (await DeliverAsync(completed.ToJsonString())).StatusCode);

        await BalanceBecomesAsync("10");
    }

    [Fact]
    public async Task A_webhook_has_at_most_256_KiB()
    {
        using var whole = await DeliverAsync(Event("product.created", 256 * 1024));
        using var larger = await DeliverAsync(Event("product.created", 256 * 1024 + 1));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.RequestEntityTooLarge), (whole.StatusCode, larger.StatusCode));
    }

    [Fact]
    public async Task Credits_in_a_process_of_its_own_sells_the_same()
    {
        await using var credits = await CreditsService.StartAsync(postgres, ("OpsCenter:Stripe:SandboxUrl", _host.Address.ToString()));
        using var client = credits.NewClient();
        await using var door = new ServiceCollection().AddSingleton(new CreditsDoor(client)).BuildServiceProvider();
        var purchases = new HttpPurchases(door);
        var account = Guid.CreateVersion7();

        var offer = await purchases.GetPackagesAsync(Ct);
        var reply = await purchases.BuyAsync(
            new BuyRequest(account, "credits_10", null, new Uri(_host.Address, "/credits?purchase={purchase_id}").ToString(), "k", "f"), Ct);
        var bought = (reply.Purchase!.Id, reply.Purchase.CheckoutUrl!);
        await PayAsync(bought);
        var paid = await purchases.GetAsync(account, bought.Id, Ct);

        Assert.True(offer is { TestPayments: true, Packages.Count: 5 });
        Assert.Equal((PurchaseState.Paid, NanoUsd.FromUsd(10)), (paid!.State, (await credits.BalanceAsync(account)).Posted));
        Assert.Null(await purchases.GetAsync(Guid.CreateVersion7(), bought.Id, Ct));
        Assert.Equal(WebhookVerdict.Refused, (await purchases.ReceiveAsync(new WebhookDelivery("{}", null), Ct)).Verdict);
        await credits.AssertNoDriftAsync();
    }

    [Fact]
    public async Task Without_a_provider_nothing_can_be_bought()
    {
        await using var host = await OpsCenterHost.StartAsync(postgres, new Dictionary<string, string?> { ["Upstreams:SandboxUrl"] = "" });
        var account = await host.NewAccountAsync(credit: "0");

        using var response = await account.Http.PostAsJsonAsync(new Uri(BuyPath, UriKind.Relative), new { amount = "10" }, Ct);
        using var webhook = await host.Http.PostAsync(new Uri(WebhookPath, UriKind.Relative), new StringContent("{}"), Ct);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "payments_not_configured"), (response.StatusCode, await CodeAsync(response)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, webhook.StatusCode);
    }

    private static string Event(string type, int length = 0)
    {
        var json = JsonSerializer.Serialize(new
        {
            id = $"evt_{Guid.CreateVersion7():N}",
            @object = "event",
            type,
            created = 1_700_000_000,
            livemode = false,
            data = new { @object = new { id = "prod_1", @object = "product", name = "" } },
        });
        return json.Replace("\"name\":\"\"", $"\"name\":\"{new string('x', Math.Max(0, length - json.Length))}\"", StringComparison.Ordinal);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.JsonAsync()).GetProperty("error").GetProperty("code").GetString();

    private async Task<HttpResponseMessage> PostAsync(string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, BuyPath) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await _buyer.Http.SendAsync(request, Ct);
    }

    private async Task<(Guid Id, string CheckoutUrl)> BuyAsync(string body)
    {
        using var response = await PostAsync(body);
        var reply = await response.JsonAsync();
        Assert.Equal((HttpStatusCode.Created, "pending"), (response.StatusCode, reply.TryGetProperty("status", out var status) && status.ValueKind is JsonValueKind.String ? status.GetString() : reply.ToString()));
        return (reply.GetProperty("purchase_id").GetGuid(), reply.GetProperty("checkout_url").GetString()!);
    }

    /// <summary>Presses a button of the payment page; the answer is the next page, if there is one.</summary>
    private async Task<string> PayAsync((Guid Id, string CheckoutUrl) purchase, string how = "card")
    {
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        using var response = await client.PostAsync(new Uri($"{purchase.CheckoutUrl}/{how}"), null, Ct);
        if (response.StatusCode is HttpStatusCode.SeeOther)
            Assert.Equal(new Uri(_host.Address, $"/credits?purchase={purchase.Id}"), response.Headers.Location);
        return await response.Content.ReadAsStringAsync(Ct);
    }

    private async Task<HttpResponseMessage> DeliverAsync(string payload, string secret = Secret, int secondsAhead = 0)
    {
        var header = EventUtility.GenerateSignatureHeader(payload, secret, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + secondsAhead);
        using var request = new HttpRequestMessage(HttpMethod.Post, WebhookPath) { Content = new StringContent(payload) };
        request.Headers.TryAddWithoutValidation("Stripe-Signature", header);
        return await _host.Http.SendAsync(request, Ct);
    }

    private static string SessionOf((Guid Id, string CheckoutUrl) purchase) => purchase.CheckoutUrl.Split('/')[^1];

    private string PaymentOf((Guid Id, string CheckoutUrl) purchase) => Stripe.Get(SessionOf(purchase))!["payment_intent"]!.GetValue<string>();

    private Task<JsonElement> FindAsync(Guid purchaseId) =>
        _buyer.Http.GetFromJsonAsync<JsonElement>(new Uri($"/api/v1/credits/purchases/{purchaseId}", UriKind.Relative), Ct);

    private Task StatusBecomesAsync((Guid Id, string CheckoutUrl) purchase, string status) => OpsCenterHost.EventuallyAsync(
        async () => (await FindAsync(purchase.Id)).GetProperty("status").GetString() == status, $"the purchase is {status}");

    /// <summary>The clock goes on at its own pace meanwhile: something that failed in passing is tried again after seconds, not never.</summary>
    private Task BalanceBecomesAsync(string amount) => OpsCenterHost.EventuallyAsync(
        async () =>
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            return (await _host.Ledger.GetBalanceAsync(_buyer.Id, Ct))?.Posted == NanoUsd.Parse(amount);
        },
        $"the balance is {amount}");

    /// <summary>Waits until every event that was taken in has been acted upon, so that a second credit would have happened by now.</summary>
    private Task InboxIsEmptyAsync() => OpsCenterHost.EventuallyAsync(
        async () =>
        {
            await using var scope = _host.Services.CreateAsyncScope();
            return !scope.ServiceProvider.GetRequiredService<OpsCenter.Credits.CreditsDb>().StripeEvents.Any(row => row.State == EventState.Received);
        },
        "the inbox is empty");
}
