using Microsoft.Extensions.Options;
using OpsCenter.Contracts;
using OpsCenter.Router.Catalog;
using OpsCenter.Router.Health;
using OpsCenter.Router.Routing;
using OpsCenter.ServiceDefaults;

namespace OpsCenter.Router;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class RouterHost
{
    public static IHostApplicationBuilder AddRouter(this IHostApplicationBuilder builder)
    {
        builder.AddOpsDatabase<RouterDb>(ResourceNames.RouterDb);
        builder.Services.AddSingleton<IValidateOptions<RouterOptions>, RouterOptionsValidator>();
        builder.Services.AddOptions<RouterOptions>().BindConfiguration(RouterOptions.Section).ValidateOnStart();
        builder.Services.AddScoped<CatalogueStore>();
        builder.Services.AddSingleton<HealthBoard>();
        builder.Services.AddSingleton<SnapshotPublisher>();
        builder.Services.AddSingleton<IRouterFeed>(provider => provider.GetRequiredService<SnapshotPublisher>());
        builder.Services.AddHostedService<SnapshotLoop>();
        return builder;
    }

    public static IEndpointRouteBuilder MapRouter(this IEndpointRouteBuilder routes)
    {
        routes.MapSnapshot();
        routes.MapOutcomes();
        routes.MapRoute();
        return routes;
    }
}
