using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OpsCenter.ServiceDefaults;

/// <summary>Logs, metrics and traces over OTLP. Without an endpoint nothing is recorded, so nothing is paid for.</summary>
public static class Telemetry
{
    /// <summary>Sources and meters of ours all begin like this: <c>OpsCenter.Gateway</c>, <c>OpsCenter.Credits</c>, …</summary>
    public const string Prefix = "OpsCenter.";

    internal static void AddTelemetry(this IHostApplicationBuilder builder, string serviceName)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Configuration["OTEL_SERVICE_NAME"] ?? serviceName))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Npgsql", Prefix + "*"))
            .WithTracing(tracing => tracing
                .AddAspNetCoreInstrumentation(options => options.Filter = http =>
                    !http.Request.Path.StartsWithSegments(Health.Ready) && !http.Request.Path.StartsWithSegments(Health.Alive))
                .AddHttpClientInstrumentation()
                .AddSource("Npgsql", Prefix + "*"))
            .UseOtlpExporter();
    }
}
