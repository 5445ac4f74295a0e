namespace OpsCenter.Gateway;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class GatewayHost
{
    public static IHostApplicationBuilder AddGateway(this IHostApplicationBuilder builder)
    {
        return builder;
    }

    public static IEndpointRouteBuilder MapGateway(this IEndpointRouteBuilder routes)
    {
        return routes;
    }
}
