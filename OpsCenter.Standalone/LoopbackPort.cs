using System.Net;
using System.Net.Sockets;

namespace OpsCenter.Standalone;

internal static class LoopbackPort
{
    /// <summary>A port that was free a moment ago; whoever binds it first has it.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
