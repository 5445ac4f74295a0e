using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Chat;

namespace OpsCenter.Gateway.Credits;

/// <summary>Buying credits, and the door at which the payment provider reports.</summary>
internal static class PurchasesApi
{
    private const int LargestOrder = 16 * 1024;
    private const int LargestWebhook = 256 * 1024;
    private const int LongestKey = 255;
    private const string PublicUrlKey = "OpsCenter:PublicUrl";
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static void MapPurchases(this IEndpointRouteBuilder routes)
    {
        var credits = routes.MapGroup("/api/v1/credits").WithTags("Credits")
            .RequireAuthorization(CallerAuthentication.Policy)
            .AddEndpointFilter(AnswerUnavailableAsync);
        credits.MapGet("/packages", PackagesAsync);
        credits.MapPost("/purchase", BuyAsync);
        credits.MapGet("/purchases/{id:guid}", GetAsync);
        routes.MapPost("/api/v1/webhooks/stripe", ReceiveAsync).WithTags("Webhooks")
            .AllowAnonymous()
            .AddEndpointFilter(AnswerUnavailableAsync);
    }

    private static async Task<IResult> PackagesAsync(IPurchases purchases, CancellationToken ct)
    {
        var offer = await purchases.GetPackagesAsync(ct);
        return TypedResults.Ok(new
        {
            @object = "list",
            currency = "USD",
            data = offer.Packages.Select(package => new { package.Id, amount = Dollars(package.Amount), credits = Dollars(package.Amount) }),
            custom_amount = new { minimum = Dollars(offer.Minimum), maximum = Dollars(offer.Maximum) },
            test_payments = offer.TestPayments,
            available = offer.Configured,
        });
    }

    private static async Task<IResult> BuyAsync(
        Caller caller, HttpContext http, IPurchases purchases, IConfiguration configuration, CancellationToken ct)
    {
        if (await ReadBodyAsync(http.Request, LargestOrder, ct) is not { } body)
            return new OpenAiError(413, "request_too_large", "invalid_request_error", $"An order has at most {LargestOrder} bytes.").ToResult();
        var key = http.Request.Headers["Idempotency-Key"] is { Count: > 0 } sent ? sent.ToString() : null;
        if (key is not null && (key.Length is 0 or > LongestKey || key.Any(character => character is < ' ' or > '~')))
            return OpenAiError.Invalid($"Idempotency-Key has 1 to {LongestKey} printable ASCII characters.", "Idempotency-Key").ToResult();
        var (order, problem) = Order.Read(body);
        if (order is null)
            return problem!.ToResult();

        var origin = configuration[PublicUrlKey] is { Length: > 0 } configured
            ? configured.TrimEnd('/')
            : $"{http.Request.Scheme}://{http.Request.Host}";
        var reply = await purchases.BuyAsync(
            new BuyRequest(
                caller.AccountId,
                order.PackageId,
                order.Amount,
                // Credits puts the id in the place of the word.
                $"{origin}/credits?purchase={{purchase_id}}",
                key,
                Convert.ToHexStringLower(SHA256.HashData(body))),
            ct);
        if (reply is { Status: BuyStatus.Opened, Purchase: { } purchase })
        {
            if (reply.Replayed)
                http.Response.Headers["Idempotent-Replayed"] = "true";
            return TypedResults.Created(
                $"/api/v1/credits/purchases/{purchase.Id}",
                new { purchase_id = purchase.Id, status = "pending", checkout_url = purchase.CheckoutUrl });
        }

        return await RefuseAsync(http, reply.Status, purchases, ct);
    }

    private static async Task<IResult> GetAsync(Guid id, Caller caller, IPurchases purchases, CancellationToken ct)
    {
        if (await purchases.GetAsync(caller.AccountId, id, ct) is not { } purchase)
            return new OpenAiError(404, "purchase_not_found", "invalid_request_error", $"This account has no purchase {id}.", "id").ToResult();
        return TypedResults.Ok(new
        {
            purchase_id = purchase.Id,
            status = Word(purchase.State),
            currency = "USD",
            amount = Dollars(purchase.Amount),
            refunded = Dollars(purchase.Refunded),
            created_at = purchase.CreatedAt,
            paid_at = purchase.PaidAt,
            // A page that can no longer be paid on leads nowhere.
            checkout_url = purchase.State is PurchaseState.Open ? purchase.CheckoutUrl : null,
            receipt_url = purchase.ReceiptUrl,
        });
    }

    private static async Task<IResult> ReceiveAsync(HttpContext http, IPurchases purchases, CancellationToken ct)
    {
        if (await ReadBodyAsync(http.Request, LargestWebhook, ct) is not { } body)
            return new OpenAiError(413, "request_too_large", "invalid_request_error", $"A webhook has at most {LargestWebhook} bytes.").ToResult();
        string payload;
        try
        {
            payload = StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return OpenAiError.Invalid("The body is not UTF-8.", code: "invalid_webhook").ToResult();
        }

        var signature = http.Request.Headers["Stripe-Signature"] is { Count: > 0 } header ? header.ToString() : null;
        var reply = await purchases.ReceiveAsync(new WebhookDelivery(payload, signature), ct);
        return reply.Verdict switch
        {
            WebhookVerdict.Stored => TypedResults.Ok(new { received = true }),
            WebhookVerdict.Refused => OpenAiError.Invalid(reply.Detail ?? "The webhook is not genuine.", code: "invalid_webhook").ToResult(),
            _ => NotConfigured.ToResult(),
        };
    }

    private static OpenAiError NotConfigured { get; } = new(
        503, "payments_not_configured", "server_error", "Payments are not set up on this server. Ask the operator.");

    private static async Task<IResult> RefuseAsync(HttpContext http, BuyStatus status, IPurchases purchases, CancellationToken ct)
    {
        switch (status)
        {
            case BuyStatus.UnknownPackage:
                var known = await purchases.GetPackagesAsync(ct);
                return Unprocessable("unknown_package", $"There is no such package. Offered are {string.Join(", ", known.Packages.Select(package => package.Id))}.", "package_id");
            case BuyStatus.AmountRefused:
                var offer = await purchases.GetPackagesAsync(ct);
                return Unprocessable(
                    "amount_out_of_range",
                    $"amount is between {Dollars(offer.Minimum)} and {Dollars(offer.Maximum)} USD, in whole cents.",
                    "amount",
                    new Dictionary<string, object?> { ["minimum"] = Dollars(offer.Minimum), ["maximum"] = Dollars(offer.Maximum) });
            case BuyStatus.KeyReused:
                return Unprocessable("idempotency_key_reused", "This Idempotency-Key was used with another body. Use a new one.", "Idempotency-Key");
            case BuyStatus.InProgress:
                http.Response.Headers.RetryAfter = "1";
                return new OpenAiError(409, "idempotency_in_progress", "conflict", "A request with this Idempotency-Key has not ended yet. Try again.").ToResult();
            case BuyStatus.NotConfigured:
                return NotConfigured.ToResult();
            default:
                http.Response.Headers.RetryAfter = "5";
                return new OpenAiError(503, "payment_provider_unavailable", "server_error", "The payment provider does not answer. Nothing was taken. Try again.").ToResult();
        }
    }

    private static ProblemHttpResult Unprocessable(string code, string message, string param, IReadOnlyDictionary<string, object?>? more = null) =>
        new OpenAiError(422, code, "invalid_request_error", message, param) { More = more }.ToResult();

    /// <summary>The whole body, or null when it is longer than it may be.</summary>
    private static async Task<byte[]?> ReadBodyAsync(HttpRequest request, int limit, CancellationToken ct)
    {
        if (request.ContentLength > limit)
            return null;
        var buffer = new byte[limit + 1];
        var length = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length > limit ? null : buffer[..length];
    }

    private static async ValueTask<object?> AnswerUnavailableAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (CreditsUnavailableException)
        {
            context.HttpContext.Response.Headers.RetryAfter = "1";
            return OpenAiError.BillingUnavailable.ToResult();
        }
    }

    /// <summary>Two decimal places at least, as prices are written, and never fewer than the amount has.</summary>
    private static string Dollars(NanoUsd amount) => amount.Value % NanoUsd.PerCent == 0
        ? (amount.Value / (decimal)NanoUsd.PerUsd).ToString("0.00", CultureInfo.InvariantCulture)
        : amount.ToString();

    private static string Word(PurchaseState state) => state switch
    {
        PurchaseState.Created or PurchaseState.Open => "pending",
        PurchaseState.Paid => "paid",
        PurchaseState.Failed => "failed",
        PurchaseState.Expired => "expired",
        PurchaseState.Refunded => "refunded",
        PurchaseState.Disputed => "disputed",
        _ => "under_review",
    };

    /// <summary>What the caller wants to buy.</summary>
    private sealed record Order(string? PackageId, NanoUsd? Amount)
    {
        private const string Expected = "Send {\"package_id\": \"…\"} or {\"amount\": \"25.00\"}.";

        public static (Order? Order, OpenAiError? Problem) Read(byte[] body)
        {
            try
            {
                using var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
                if (document.RootElement.ValueKind is not JsonValueKind.Object)
                    return (null, OpenAiError.Invalid(Expected));
                string? package = null;
                NanoUsd? amount = null;
                foreach (var member in document.RootElement.EnumerateObject())
                {
                    switch (member.Name)
                    {
                        case "package_id" when member.Value.ValueKind is JsonValueKind.String:
                            package = member.Value.GetString();
                            break;
                        // The number as it is written, so that no digit is lost.
                        case "amount" when AmountText(member.Value) is { } text && NanoUsd.TryParse(text, out var parsed):
                            amount = parsed;
                            break;
                        case "package_id" or "amount":
                            return (null, OpenAiError.Invalid($"{member.Name} is not usable. {Expected}", member.Name));
                        default:
                            return (null, OpenAiError.Invalid($"'{member.Name}' is not known here. {Expected}", member.Name));
                    }
                }

                return (package is null) == (amount is null)
                    ? (null, OpenAiError.Invalid(Expected, "amount"))
                    : (new Order(package, amount), null);
            }
            catch (Exception fault) when (fault is JsonException or InvalidOperationException)
            {
                // The second is what a string throws that is no text, such as half of a surrogate pair.
                return (null, OpenAiError.Invalid($"The body is not JSON. {Expected}"));
            }
        }

        private static string? AmountText(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
    }
}
