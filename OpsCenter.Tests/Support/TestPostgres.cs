using Npgsql;
using OpsCenter.Standalone;
using OpsCenter.Tests.Support;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace OpsCenter.Tests.Support;

/// <summary>A real PostgreSQL for the whole test run; each test class takes databases of its own from it.</summary>
public sealed class TestPostgres : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opscenter-tests-");
    private EmbeddedPostgres? _server;

    public async ValueTask InitializeAsync() =>
        _server = await EmbeddedPostgres.StartAsync(_folder.FullName, _ => { }, ["max_connections=300"], TestContext.Current.CancellationToken);

    /// <summary>The connection string of a database that does not exist yet; whoever migrates creates it.</summary>
    public string NewDatabase(string name) =>
        new NpgsqlConnectionStringBuilder(_server!.ConnectionString($"{name}_{Guid.CreateVersion7():N}")) { MaxPoolSize = 20 }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
