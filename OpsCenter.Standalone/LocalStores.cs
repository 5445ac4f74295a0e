using OpsCenter.Contracts;

namespace OpsCenter.Standalone;

/// <summary>Starts the stores that nobody has named a connection string for, and says how to reach them.</summary>
internal sealed class LocalStores : IAsyncDisposable
{
    private static readonly string[] Databases = [ResourceNames.CreditsDb, ResourceNames.RouterDb, ResourceNames.GatewayDb];

    private readonly EmbeddedPostgres? _postgres;
    private readonly EmbeddedRedis? _redis;

    private LocalStores(EmbeddedPostgres? postgres, EmbeddedRedis? redis)
    {
        _postgres = postgres;
        _redis = redis;
    }

    /// <exception cref="StandaloneException">With one sentence that says what to do.</exception>
    public static async Task<LocalStores> StartAsync(IConfiguration configuration, string folder, Action<string> progress, CancellationToken ct)
    {
        EmbeddedPostgres? postgres = null;
        if (Databases.Any(name => configuration.GetConnectionString(name) is null))
            postgres = await EmbeddedPostgres.StartAsync(folder, progress, [], ct);
        try
        {
            return new LocalStores(postgres, configuration.GetConnectionString(ResourceNames.Cache) is null ? EmbeddedRedis.Start() : null);
        }
        catch when (postgres is not null)
        {
            await postgres.DisposeAsync();
            throw;
        }
    }

    /// <summary>Configuration keys and values. A connection string from the environment stands above these.</summary>
    public IEnumerable<KeyValuePair<string, string?>> ConnectionStrings()
    {
        if (_postgres is not null)
        {
            foreach (var name in Databases)
                yield return new($"ConnectionStrings:{name}", _postgres.ConnectionString(name));
        }

        if (_redis is not null)
            yield return new($"ConnectionStrings:{ResourceNames.Cache}", _redis.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        _redis?.Dispose();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }
}
