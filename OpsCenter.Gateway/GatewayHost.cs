using System.Text.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Gateway.Accounts;
using OpsCenter.Gateway.Budgets;
using OpsCenter.Gateway.Chat;
using OpsCenter.Gateway.Completions;
using OpsCenter.Gateway.Credits;
using OpsCenter.Gateway.Doors;
using OpsCenter.Gateway.Embeddings;
using OpsCenter.Gateway.Keys;
using OpsCenter.Gateway.Messages;
using OpsCenter.Gateway.Models;
using OpsCenter.Gateway.Plans;
using OpsCenter.Gateway.Responses;
using OpsCenter.Gateway.Routes;
using OpsCenter.Gateway.Upstreams;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Gateway;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class GatewayHost
{
    /// <summary>
    /// Adds the Gateway. The ledger and the Router are those of this process when Credits and Router were added before,
    /// else those that service discovery finds.
    /// </summary>
    public static IHostApplicationBuilder AddGateway(this IHostApplicationBuilder builder)
    {
        builder.AddOpsDatabase<GatewayDb>(ResourceNames.GatewayDb);
        builder.AddOpsRedis(ResourceNames.Cache);

        builder.Services.AddOptions<KeyOptions>().BindConfiguration(KeyOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<KeyOptions>, KeyOptionsValidator>();
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<KeyStore>();
        CallerAuthentication.Add(builder.Services);

        builder.Services.AddOptions<UpstreamOptions>().BindConfiguration(UpstreamOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<UpstreamOptions>, UpstreamOptionsValidator>();
        builder.Services.AddSingleton<UpstreamDirectory>();
        builder.Services.AddSingleton<UpstreamSender>();

        builder.Services.AddSingleton<CatalogFeed>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<CatalogFeed>());
        builder.Services.AddHealthChecks().AddCheck<CatalogFeed>("catalogue");
        builder.Services.AddSingleton<OutcomeReporter>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<OutcomeReporter>());

        builder.Services.AddInternalClient<CreditsDoor>(ResourceNames.Credits);
        builder.Services.AddInternalClient<RouterDoor>(ResourceNames.Router)
            // A long poll is answered after half a minute; the default limit of 100 s would do, but says nothing.
            .ConfigureHttpClient(client => client.Timeout = TimeSpan.FromSeconds(60));
        builder.Services.TryAddSingleton<ICredits, HttpCredits>();
        builder.Services.TryAddSingleton<IPlans, HttpPlans>();
        builder.Services.TryAddSingleton<IBudgets, HttpPlans>();
        builder.Services.AddSingleton<PlanFeed>();
        builder.Services.TryAddSingleton<IPurchases, HttpPurchases>();
        builder.Services.TryAddSingleton<IRouterFeed, HttpRouterFeed>();

        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower);
        builder.AddChat();
        return builder;
    }

    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder routes)
    {
        routes.MapChat();
        routes.MapCompletions();
        routes.MapMessages();
        routes.MapResponses();
        routes.MapEmbeddings();
        routes.MapModels();
        routes.MapRoutes();
        routes.MapCreditsApi();
        routes.MapBudgets();
        routes.MapPurchases();
        routes.MapSessions();
        routes.MapRoot();
        // Without these, a mistyped path would be answered by the fallback policy: 401, which sends people after their key.
        foreach (var surface in new[] { "/v1/{**path}", "/api/{**path}" })
            routes.MapFallback(surface, http => OpenAiError.UnknownUrl(http.Request).WriteAsync(http)).AllowAnonymous();
        return routes;
    }

    /// <summary>Clients look whether anybody is there before they send anything. Where the console is served too, GET is its page.</summary>
    internal static void MapRoot(this IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", [HttpMethods.Head], () => TypedResults.Ok()).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/", () => TypedResults.Ok()).AllowAnonymous().ExcludeFromDescription().WithOrder(int.MaxValue);
    }
}
