using OpsCenter.Standalone;
using StackExchange.Redis;

namespace OpsCenter.Tests.Standalone;

public sealed class EmbeddedRedisTests
{
    /// <summary>Read, then write: what two connections would lose if their scripts interleaved.</summary>
    private const string TakeOne =
        """
        local left = tonumber(redis.call('GET', KEYS[1]) or '100')
        if left == 0 then return 0 end
        redis.call('SET', KEYS[1], left - 1)
        return 1
        """;

    [Fact]
    public async Task Scripts_of_several_connections_never_let_through_more_than_the_limit()
    {
        using var redis = EmbeddedRedis.Start();
        // One connection is served in order and would hide the fault.
        var connections = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ConnectionMultiplexer.ConnectAsync(redis.ConnectionString)));

        var taken = await Task.WhenAll(connections.Select(async connection =>
        {
            var mine = 0;
            for (var i = 0; i < 50; i++)
                mine += (int)await connection.GetDatabase().ScriptEvaluateAsync(TakeOne, [new RedisKey("permits")]);
            return mine;
        }));

        Assert.Equal(100, taken.Sum());
        foreach (var connection in connections)
            await connection.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        using var redis = EmbeddedRedis.Start();
        var options = ConfigurationOptions.Parse(redis.ConnectionString);
        options.Password = null;
        options.ConnectRetry = 0;

        await Assert.ThrowsAsync<RedisConnectionException>(() => ConnectionMultiplexer.ConnectAsync(options));
    }
}
