namespace OpsCenter.Sandbox;

/// <summary>The service as a module, so that its own host and Standalone compose the same thing.</summary>
public static class SandboxHost
{
    public static IHostApplicationBuilder AddSandbox(this IHostApplicationBuilder builder)
    {
        return builder;
    }

    public static IEndpointRouteBuilder MapSandbox(this IEndpointRouteBuilder routes)
    {
        return routes;
    }
}
