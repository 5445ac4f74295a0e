namespace OpsCenter.Router;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class RouterHost
{
    public static IHostApplicationBuilder AddRouter(this IHostApplicationBuilder builder)
    {
        return builder;
    }

    public static IEndpointRouteBuilder MapRouter(this IEndpointRouteBuilder routes)
    {
        return routes;
    }
}
