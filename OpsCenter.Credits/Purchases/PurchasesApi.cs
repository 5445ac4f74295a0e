using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;

namespace OpsCenter.Credits.Purchases;

/// <summary>The purchases' internal doors and what stands behind them. They state no policy, so the fallback policy keeps them for services.</summary>
internal static class PurchasesApi
{
    public static void AddPurchases(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<PurchaseOptions>()
            .BindConfiguration(PurchaseOptions.Section)
            .PostConfigure(options => options.AddDefaults())
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PurchaseOptions>, PurchaseOptionsValidator>();
        services.AddSingleton<IValidateOptions<PurchaseOptions>, PurchaseRangeValidator>();
        services.AddOptions<StripeOptions>()
            .BindConfiguration(StripeOptions.Section)
            // The Sandbox that plays the model providers plays Stripe too.
            .PostConfigure(options => options.SandboxUrl ??= builder.Configuration["Upstreams:SandboxUrl"]);
        services.AddHttpClient(nameof(StripeCheckout), client => client.Timeout = TimeSpan.FromSeconds(20));
        services.AddSingleton<StripeCheckout>();
        services.AddSingleton<Fulfilment>();
        services.AddSingleton<StripeInbox>();
        services.AddHostedService(provider => provider.GetRequiredService<StripeInbox>());
        services.AddSingleton<PurchaseReconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<PurchaseReconciler>());
        services.AddSingleton<IPurchases, PurchaseDesk>();
    }

    public static void MapPurchases(this IEndpointRouteBuilder routes)
    {
        var doors = routes.MapGroup("").ExcludeFromDescription().AddEndpointFilter(AnswerUnavailableAsync);
        doors.MapGet(PurchasePaths.Packages, async (IPurchases purchases, CancellationToken ct) =>
            TypedResults.Json(await purchases.GetPackagesAsync(ct), ContractsJson.Strict));
        doors.MapPost(PurchasePaths.Purchases, BuyAsync);
        doors.MapGet(PurchasePaths.Purchase, GetAsync);
        doors.MapPost(PurchasePaths.Webhook, ReceiveAsync);
    }

    private static async Task<Results<JsonHttpResult<BuyReply>, ProblemHttpResult>> BuyAsync(
        HttpRequest request, IPurchases purchases, CancellationToken ct) =>
        await ReadAsync<BuyRequest>(request, ct) is { } wish
            ? TypedResults.Json(await purchases.BuyAsync(wish, ct), ContractsJson.Strict)
            : Malformed();

    private static async Task<Results<JsonHttpResult<Purchase>, NotFound>> GetAsync(
        Guid accountId, Guid purchaseId, IPurchases purchases, CancellationToken ct) =>
        await purchases.GetAsync(accountId, purchaseId, ct) is { } purchase
            ? TypedResults.Json(purchase, ContractsJson.Strict)
            : TypedResults.NotFound();

    private static async Task<Results<JsonHttpResult<WebhookReply>, ProblemHttpResult>> ReceiveAsync(
        HttpRequest request, IPurchases purchases, CancellationToken ct) =>
        await ReadAsync<WebhookDelivery>(request, ct) is { } delivery
            ? TypedResults.Json(await purchases.ReceiveAsync(delivery, ct), ContractsJson.Strict)
            : Malformed();

    private static async Task<T?> ReadAsync<T>(HttpRequest request, CancellationToken ct)
        where T : class
    {
        try
        {
            return await request.ReadFromJsonAsync<T>(ContractsJson.Strict, ct);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private static async ValueTask<object?> AnswerUnavailableAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (CreditsUnavailableException unavailable)
        {
            return TypedResults.Problem(unavailable.Message, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static ProblemHttpResult Malformed() =>
        TypedResults.Problem("The body is not what this door takes.", statusCode: StatusCodes.Status400BadRequest);
}
