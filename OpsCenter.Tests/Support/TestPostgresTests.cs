using Npgsql;

namespace OpsCenter.Tests.Support;

public sealed class TestPostgresTests(TestPostgres postgres)
{
    [Fact]
    public async Task The_embedded_server_answers_on_loopback_with_its_password()
    {
        var admin = new NpgsqlConnectionStringBuilder(postgres.NewDatabase("unused")) { Database = "postgres" };
        await using var source = NpgsqlDataSource.Create(admin.ConnectionString);
        await using var command = source.CreateCommand("SHOW listen_addresses");

        Assert.Equal("127.0.0.1", await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
