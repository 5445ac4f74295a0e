using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace OpsCenter.Sandbox.Stripe;

/// <summary>
/// The parts of Stripe that OpsCenter uses, the page where its customers pay, and doors for what only the world can do: a bank
/// that takes money back, a webhook that gets lost.
/// </summary>
internal static class StripeApi
{
    private const string PurchaseMode = "payment";

    private static readonly string[] Paging = ["limit", "starting_after", "created[gte]", "payment_intent", "expand[]", "types[]"];

    private static readonly string[] SessionParameters =
    [
        "mode", "client_reference_id", "metadata[]", "payment_intent_data[metadata][]", "success_url", "cancel_url", "expires_at",
        "adaptive_pricing[enabled]", "allow_promotion_codes", "line_items[0][quantity]", "line_items[0][price_data][currency]",
        "line_items[0][price_data][unit_amount]", "line_items[0][price_data][product_data][name]",
    ];

    public static void AddStripe(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StripeSandboxOptions>().BindConfiguration(StripeSandboxOptions.Section);
        builder.Services.AddSingleton<StripeBook>();
        builder.Services.AddSingleton<StripeFaults>();
        builder.Services.AddHttpClient(nameof(StripeWebhooks), client => client.Timeout = TimeSpan.FromSeconds(10));
        builder.Services.AddHostedService<StripeWebhooks>();
    }

    public static void MapStripe(this RouteGroupBuilder sandbox)
    {
        var stripe = sandbox.MapGroup("/stripe");
        var v1 = stripe.MapGroup("/v1").AddEndpointFilter(RequireKeyAsync);
        v1.MapPost("/checkout/sessions", (HttpContext http, StripeBook book) => ServeAsync(
            http,
            SessionParameters,
            ["mode", "success_url", "line_items[0][quantity]", "line_items[0][price_data][currency]", "line_items[0][price_data][unit_amount]", "line_items[0][price_data][product_data][name]"],
            form => OpenSession(http, book, form)));
        v1.MapPost("/refunds", (HttpContext http, StripeBook book) => ServeAsync(
            http,
            ["payment_intent", "amount", "metadata[]"],
            ["payment_intent"],
            form => book.Refund(form["payment_intent"], form.Find("amount") is null ? null : form.Number("amount")) is { } refund
                ? (200, refund)
                : (400, Error("This payment cannot be refunded by that amount.", "amount"))));
        MapReading(v1, "/checkout/sessions", "checkout.session");
        MapReading(v1, "/payment_intents", "payment_intent");
        MapReading(v1, "/refunds", "refund");
        MapReading(v1, "/disputes", "dispute");
        MapReading(v1, "/events", "event");

        stripe.MapGet("/pay/{id}", (string id, StripeBook book) => Page(StripePages.Pay(id, book.Get(id))));
        stripe.MapPost("/pay/{id}/{how}", Pay);
        stripe.MapGet("/receipt/{id}", (string id, StripeBook book) => Page(StripePages.Receipt(book.Get(id))));

        stripe.MapPost("/sessions/{id}/arrive", (string id, StripeBook book) => Done(book.Arrive(id, arrives: true)));
        stripe.MapPost("/sessions/{id}/bounce", (string id, StripeBook book) => Done(book.Arrive(id, arrives: false)));
        stripe.MapPost("/sessions/{id}/expire", (string id, StripeBook book) => Done(book.Expire(id)));
        stripe.MapPost("/refunds/{id}/fail", (string id, StripeBook book) => Done(book.FailRefund(id)));
        stripe.MapPost("/payments/{id}/dispute", (string id, StripeBook book) => Done(book.Dispute(id) is not null));
        stripe.MapPost("/disputes/{id}/won", (string id, StripeBook book) => Done(book.Decide(id, won: true)));
        stripe.MapPost("/disputes/{id}/lost", (string id, StripeBook book) => Done(book.Decide(id, won: false)));
        stripe.MapPost("/faults/{kind}", (string kind, int? times, StripeFaults faults) =>
        {
            if (!StripeFaults.Names.Contains(kind) || times is < 1)
                return Results.BadRequest($"Kinds: {string.Join(", ", StripeFaults.Names)}; times, if given, is at least 1.");
            faults.Add(kind, times);
            return Results.NoContent();
        });
        stripe.MapDelete("/faults", (StripeFaults faults) =>
        {
            faults.Clear();
            return Results.NoContent();
        });
    }

    /// <summary>One call as Stripe takes it: the form checked, the idempotency key honoured, the faults let loose.</summary>
    private static async Task<IResult> ServeAsync(
        HttpContext http, string[] allowed, string[] required, Func<StripeForm, (int Status, JsonObject Body)> act)
    {
        var services = http.RequestServices;
        var (book, faults) = (services.GetRequiredService<StripeBook>(), services.GetRequiredService<StripeFaults>());
        if (!http.Request.HasFormContentType)
            return Json(400, Error("Send parameters as a form.", null));
        if (StripeForm.Read(await http.Request.ReadFormAsync(), allowed, required, out var problem) is not { } form)
            return Json(400, Error(problem!.Value.Message, problem.Value.Parameter));
        if (await FaultBeforeAsync(faults, http) is { } fault)
            return fault;

        var key = http.Request.Headers["Idempotency-Key"].ToString();
        var request = $"{http.Request.Path} {form.Fingerprint}";
        if (key.Length > 0)
        {
            var (before, inUse, differs) = book.Begin(key, request);
            if (differs)
                return Json(400, Error("Keys for idempotent requests can only be used with the same parameters they were first used with.", null, "idempotency_error"));
            if (inUse)
                return Json(409, Error("There is currently another in-progress request using this idempotency key.", null, "idempotency_error"));
            if (before is not null)
            {
                http.Response.Headers["Idempotent-Replayed"] = "true";
                return Results.Text(before.Body!, "application/json", statusCode: before.Status);
            }
        }

        var (status, body) = act(form);
        // Stripe remembers its own failures too: a repetition is told of the failure, though the work was done.
        if (faults.Befalls(StripeFaults.ErrorAfter))
            (status, body) = (500, Error("An unknown error occurred", null, "api_error"));
        if (key.Length > 0)
            book.Answer(key, status, body.ToJsonString());
        return Json(status, body);
    }

    private static (int, JsonObject) OpenSession(HttpContext http, StripeBook book, StripeForm form)
    {
        if (form["mode"] != PurchaseMode)
            return (400, Error("This Stripe plays mode=payment only.", "mode"));
        if (form.Number("line_items[0][price_data][unit_amount]") < 50 || form.Number("line_items[0][quantity]") < 1)
            return (400, Error("The Checkout Session's total amount must convert to at least 50 cents.", "line_items[0][price_data][unit_amount]"));
        if (!Uri.TryCreate(form["success_url"], UriKind.Absolute, out _))
            return (400, Error("Not a valid URL", "success_url"));
        return (200, book.OpenSession(form, $"{http.Request.Scheme}://{http.Request.Host}/sandbox/stripe/pay/"));
    }

    private static void MapReading(RouteGroupBuilder v1, string path, string kind)
    {
        v1.MapGet(path, async (HttpContext http, StripeBook book, StripeFaults faults) =>
        {
            if (StripeForm.Read(http.Request.Query, Paging, [], out var problem) is not { } form)
                return Json(400, Error(problem!.Value.Message, problem.Value.Parameter));
            if (await FaultBeforeAsync(faults, http) is { } fault)
                return fault;
            var since = form.Number("created[gte]");
            var found = book.List(kind, item => StripeBook.Number(item, "created") >= since
                && (form.Find("payment_intent") is not { } payment || StripeBook.Text(item, "payment_intent") == payment));
            var rest = form.Find("starting_after") is { } after
                ? found.SkipWhile(item => StripeBook.Text(item, "id") != after).Skip(1).ToList()
                : [.. found];
            var limit = (int)(form.Find("limit") is null ? 10 : Math.Clamp(form.Number("limit"), 1, 100));
            return Json(200, new JsonObject
            {
                ["object"] = "list",
                ["url"] = $"/v1{path}",
                ["has_more"] = rest.Count > limit,
                ["data"] = new JsonArray([.. rest.Take(limit)]),
            });
        });
        v1.MapGet($"{path}/{{id}}", async (string id, HttpContext http, StripeBook book, StripeFaults faults) =>
        {
            if (await FaultBeforeAsync(faults, http) is { } fault)
                return fault;
            if (book.Get(id) is not { } item || StripeBook.Text(item, "object") != kind)
                return Json(404, Error($"No such {kind}: '{id}'", "id"));
            Expand(item, book, http.Request.Query.Where(value => value.Key.StartsWith("expand[", StringComparison.Ordinal)).Select(value => value.Value.ToString()));
            return Json(200, item);
        });
    }

    private static void Expand(JsonObject item, StripeBook book, IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            var parent = item;
            foreach (var member in path.Split('.'))
            {
                if (parent[member] is JsonValue id && book.Get(id.GetValue<string>()) is { } child)
                    parent[member] = child;
                if (parent[member] is not JsonObject next)
                    break;
                parent = next;
            }
        }
    }

    private static async Task<IResult?> FaultBeforeAsync(StripeFaults faults, HttpContext http)
    {
        if (faults.Befalls(StripeFaults.Hang))
            await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted);
        if (faults.Befalls(StripeFaults.RateLimit))
            return Json(429, Error("Too many requests", null, "rate_limit_error"));
        return faults.Befalls(StripeFaults.ErrorBefore) ? Json(500, Error("An unknown error occurred", null, "api_error")) : null;
    }

    private static IResult Pay(string id, string how, HttpContext http, StripeBook book)
    {
        switch (how)
        {
            case "card" when book.Pay(id, asynchronous: false):
            case "later" when book.Pay(id, asynchronous: true):
                return SeeOther(http, StripeBook.Text(book.Get(id)!, "success_url")!);
            case "decline":
                return Page(StripePages.Pay(id, book.Get(id), "Your card was declined."));
            case "3ds":
                return Page(StripePages.Confirm(id, book.Get(id)));
            case "cancel" when book.Get(id) is { } session:
                return SeeOther(http, StripeBook.Text(session, "cancel_url") ?? StripeBook.Text(session, "success_url")!);
            default:
                return Page(StripePages.Pay(id, book.Get(id)));
        }
    }

    private static IResult SeeOther(HttpContext http, string location)
    {
        http.Response.Headers.Location = location;
        return Results.StatusCode(StatusCodes.Status303SeeOther);
    }

    private static async ValueTask<object?> RequireKeyAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        context.HttpContext.Request.Headers.Authorization.ToString().StartsWith("Bearer sk_test_", StringComparison.Ordinal)
            ? await next(context)
            : Json(401, Error("Invalid API Key provided.", null));

    private static IResult Page(string html) => Results.Content(html, "text/html; charset=utf-8");

    private static IResult Done(bool done) => done ? Results.NoContent() : Results.NotFound();

    private static IResult Json(int status, JsonObject body) => Results.Text(body.ToJsonString(), "application/json", statusCode: status);

    private static JsonObject Error(string message, string? parameter, string type = "invalid_request_error") => new()
    {
        ["error"] = new JsonObject { ["type"] = type, ["message"] = message, ["param"] = parameter },
    };
}

/// <summary>What the buyer sees. Plain, and says on every page that no money moves.</summary>
internal static class StripePages
{
    public static string Pay(string id, JsonObject? session, string? problem = null)
    {
        if (session is null)
            return Frame("There is no such payment", "");
        if (StripeBook.Text(session, "status") != "open")
            return Frame("This payment is closed", "<p>It was paid already, or nobody paid in time.</p>");
        return Frame(
            Title(session),
            $"""
            {(problem is null ? "" : $"<p role=\"alert\">{Encode(problem)}</p>")}
            {Button(id, "card", "Pay")}
            {Button(id, "3ds", "Pay with a card that asks for confirmation")}
            {Button(id, "later", "Pay with a bank debit, whose money comes later")}
            {Button(id, "decline", "Pay with a card that is declined")}
            {Button(id, "cancel", "Go back without paying")}
            """);
    }

    public static string Confirm(string id, JsonObject? session) => session is null
        ? Frame("There is no such payment", "")
        : Frame(
            "Your bank asks: is this you?",
            $"""
            <p>{Encode(Title(session))}</p>
            {Button(id, "card", "Confirm")}
            {Button(id, "decline", "Refuse")}
            """);

    public static string Receipt(JsonObject? session) => session is null || StripeBook.Text(session, "payment_status") != "paid"
        ? Frame("There is no such receipt", "")
        : Frame("Receipt", $"<p>{Encode(Title(session))}</p><p>Paid. Number {Encode(StripeBook.Text(session, "payment_intent")!)}.</p>");

    private static string Title(JsonObject session)
    {
        var cents = StripeBook.Number(session, "amount_total");
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{StripeBook.Text(session, "product")}: {cents / 100}.{cents % 100:D2} {StripeBook.Text(session, "currency")!.ToUpperInvariant()}");
    }

    private static string Button(string id, string how, string label) =>
        $"""<form method="post" action="/sandbox/stripe/pay/{Encode(id)}/{how}"><button>{Encode(label)}</button></form>""";

    private static string Frame(string title, string body) =>
        $$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{Encode(title)}}</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
          button { font: inherit; width: 100%; padding: .7rem; margin: .25rem 0; cursor: pointer }
          [role=alert] { color: #b00020; font-weight: 600 }
        </style>
        <p><strong>Test payment.</strong> No money moves here.</p>
        <h1>{{Encode(title)}}</h1>
        {{body}}
        </html>
        """;

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
