using System.Net;
using System.Security.Cryptography;
using Garnet;
using Garnet.server;
using Garnet.server.Auth.Settings;

namespace OpsCenter.Standalone;

/// <summary>A Redis-speaking server (Garnet) inside this process: loopback only, a password per start, a bounded memory.</summary>
internal sealed class EmbeddedRedis : IDisposable
{
    // Garnet asks its logger factory for new loggers as long as it runs.
    private readonly ILoggerFactory _logs;
    private readonly GarnetServer _server;

    private EmbeddedRedis(ILoggerFactory logs, GarnetServer server, string connectionString)
    {
        _logs = logs;
        _server = server;
        ConnectionString = connectionString;
    }

    public string ConnectionString { get; }

    public static EmbeddedRedis Start()
    {
        var port = LoopbackPort.Free();
        var password = RandomNumberGenerator.GetHexString(40, lowercase: true);
        var logs = LoggerFactory.Create(logging => logging.AddConsole().SetMinimumLevel(LogLevel.Error));
        var server = new GarnetServer(
            new GarnetServerOptions(logs.CreateLogger<GarnetServerOptions>())
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, port)],
                AuthSettings = new PasswordAuthenticationSettings(password),
                EnableLua = true,
                LuaOptions = new LuaOptions(),
                // Without it, scripts of two connections interleave and a limit lets more through than it says.
                LuaTransactionMode = true,
                LogMemorySize = "64m",
                PageSize = "1m",
                IndexMemorySize = "16m",
                QuietMode = true,
            },
            logs);
        server.Start();
        return new EmbeddedRedis(logs, server, $"127.0.0.1:{port},password={password}");
    }

    public void Dispose()
    {
        _server.Dispose();
        _logs.Dispose();
    }
}
