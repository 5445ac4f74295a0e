using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace OpsCenter.ServiceDefaults;

/// <summary>
/// Postgres and Redis, wired the same with Aspire's client integrations and without them: the same connection-string names,
/// retries, traces and meters. Health checks are ours in both, because a check that retries for a minute is none.
/// </summary>
public static class Data
{
    private const int MaxPoolSize = 20;
    private const int MaxRetries = 6;
    private static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The context, its migrations at start, its health check, and an <see cref="NpgsqlDataSource"/> keyed by
    /// <paramref name="name"/> for the statements that are written by hand.
    /// </summary>
    public static IHostApplicationBuilder AddOpsDatabase<TContext>(this IHostApplicationBuilder builder, string name)
        where TContext : DbContext
    {
        builder.Services.AddKeyedSingleton(name, (provider, _) =>
        {
            var connection = new NpgsqlConnectionStringBuilder(RequireConnectionString(builder.Configuration, name));
            if (!connection.ContainsKey("Maximum Pool Size"))
                connection.MaxPoolSize = MaxPoolSize;
            var source = new NpgsqlDataSourceBuilder(connection.ConnectionString);
            source.UseLoggerFactory(provider.GetService<ILoggerFactory>());
            return source.Build();
        });

#if ASPIRE
        // Telemetry listens to Npgsql already, and only where somebody receives it.
        AspireEFPostgreSqlExtensions.AddNpgsqlDbContext<TContext>(
            builder,
            name,
            settings => settings.DisableHealthChecks = settings.DisableTracing = settings.DisableMetrics = true);
        // The last one to configure wins: left to the integration, a context has a second pool of a hundred connections.
        builder.Services.ConfigureDbContext<TContext>(Connect);
#else
        builder.Services.AddDbContextPool<TContext>(Connect);
#endif
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            typeof(TContext).Name,
            provider => new PostgresCheck(provider.GetRequiredKeyedService<NpgsqlDataSource>(name)),
            HealthStatus.Unhealthy,
            tags: null,
            CheckTimeout));
        builder.Services.AddSingleton<IHostedService, Migrations<TContext>>();
        return builder;

        void Connect(IServiceProvider provider, DbContextOptionsBuilder options) => options
            .UseNpgsql(
                provider.GetRequiredKeyedService<NpgsqlDataSource>(name),
                npgsql => npgsql.EnableRetryOnFailure(MaxRetries))
            .UseSnakeCaseNamingConvention();
    }

    /// <summary>
    /// The multiplexer, when a connection string is configured; callers ask for it as an optional service, since Redis only
    /// ever speeds things up.
    /// </summary>
    public static IHostApplicationBuilder AddOpsRedis(this IHostApplicationBuilder builder, string name)
    {
        var connectionString = builder.Configuration.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(connectionString))
            return builder;

#if ASPIRE
        AspireRedisExtensions.AddRedisClient(builder, name, settings =>
        {
            settings.DisableHealthChecks = true;
            settings.DisableTracing = string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        });
#else
        builder.Services.AddSingleton<IConnectionMultiplexer>(provider =>
        {
            var options = ConfigurationOptions.Parse(connectionString);
            options.AbortOnConnectFail = false;
            options.LoggerFactory = provider.GetService<ILoggerFactory>();
            return ConnectionMultiplexer.Connect(options);
        });
#endif
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            "StackExchange.Redis",
            provider => new RedisCheck(provider.GetRequiredService<IConnectionMultiplexer>()),
            HealthStatus.Degraded,
            tags: null,
            CheckTimeout));
        return builder;
    }

    internal static string RequireConnectionString(IConfiguration configuration, string name) =>
        configuration.GetConnectionString(name) is { Length: > 0 } found
            ? found
            : throw new InvalidOperationException(
                $"ConnectionStrings:{name} is missing. Set ConnectionStrings__{name}, for example to Host=localhost;Database={name};Username=…;Password=….");

    private sealed class PostgresCheck(NpgsqlDataSource source) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            try
            {
                await using var command = source.CreateCommand("SELECT 1");
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception fault) when (fault is NpgsqlException or OperationCanceledException or TimeoutException)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "Postgres does not answer.", fault);
            }
        }
    }

    private sealed class RedisCheck(IConnectionMultiplexer redis) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
        {
            try
            {
                await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception fault) when (fault is RedisException or OperationCanceledException or TimeoutException)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, "Redis does not answer.", fault);
            }
        }
    }
}
