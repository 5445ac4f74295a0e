using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OpsCenter.ServiceDefaults;

/// <summary>
/// Brings a database to this version before the process takes requests. Safe with several replicas: EF Core takes a lock in
/// the database, and two that create the same database at once agree on the second try.
/// </summary>
internal sealed partial class Migrations<TContext>(
    IServiceScopeFactory scopes,
    TimeProvider time,
    ILogger<Migrations<TContext>> logger) : IHostedLifecycleService
    where TContext : DbContext
{
    private const int Attempts = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var scope = scopes.CreateAsyncScope();
            var context = scope.ServiceProvider.GetRequiredService<TContext>();
            try
            {
                await context.Database.MigrateAsync(cancellationToken);
                return;
            }
            catch (Exception fault) when (attempt < Attempts && IsPassing(fault))
            {
                if (attempt == 1)
                    LogWaiting(typeof(TContext).Name, context.Database.GetDbConnection().DataSource, fault.Message);
                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (Exception fault) when (IsPassing(fault))
            {
                throw new InvalidOperationException(
                    $"Postgres at {context.Database.GetDbConnection().DataSource} could not be reached for {Attempts} seconds ({fault.Message}). Start it, or set the connection string.",
                    fault);
            }
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Not reachable yet, starting up, or created by a replica in the same moment.</summary>
    private static bool IsPassing(Exception fault) =>
        fault is NpgsqlException { IsTransient: true }
            or PostgresException { SqlState: PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ObjectInUse }
        || (fault.InnerException is { } inner && IsPassing(inner));

    [LoggerMessage(1, LogLevel.Warning, "{Context} waits for Postgres at {Address}: {Reason}")]
    private partial void LogWaiting(string context, string address, string reason);
}
