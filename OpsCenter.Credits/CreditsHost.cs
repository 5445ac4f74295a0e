namespace OpsCenter.Credits;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class CreditsHost
{
    public static IHostApplicationBuilder AddCredits(this IHostApplicationBuilder builder)
    {
        return builder;
    }

    public static IEndpointRouteBuilder MapCredits(this IEndpointRouteBuilder routes)
    {
        return routes;
    }
}
