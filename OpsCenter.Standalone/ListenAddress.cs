using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace OpsCenter.Standalone;

/// <summary>Where the process listens: <c>--urls</c> or ASPNETCORE_URLS, else OPSCENTER_PORT, else port 5180, on loopback.</summary>
/// <param name="Urls">As Kestrel takes them.</param>
/// <param name="Base">The first of them, as somebody on this machine reaches it; ends in a slash.</param>
internal sealed record ListenAddress(string Urls, Uri Base)
{
    private const int DefaultPort = 5180;

    /// <exception cref="StandaloneException">The configured address is none.</exception>
    public static ListenAddress From(IConfiguration configuration)
    {
        var urls = configuration["urls"] is { Length: > 0 } given ? given : $"http://127.0.0.1:{PortOf(configuration["OPSCENTER_PORT"])}";
        var all = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var first = Parse(all is [] ? urls : all[0]);
        // The port must be known before the server binds: the Sandbox's address is configured from it.
        var port = first.Port == 0 ? LoopbackPort.Free() : first.Port;
        all[0] = $"{first.Scheme}://{first.Host}:{port}{first.PathBase}";

        var host = first.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "127.0.0.1" : first.Host;
        return new ListenAddress(string.Join(';', all), new Uri($"{first.Scheme}://{host}:{port}/"));
    }

    /// <summary>Says at once what Kestrel would only find out after everything else has started.</summary>
    /// <exception cref="StandaloneException">It cannot be listened on.</exception>
    public void RequireFree()
    {
        var address = IPAddress.TryParse(Base.Host.Trim('[', ']'), out var parsed) ? parsed : IPAddress.Loopback;
        try
        {
            using var listener = new TcpListener(address, Base.Port);
            listener.Start();
        }
        catch (SocketException fault) when (fault.SocketErrorCode is SocketError.AddressAlreadyInUse)
        {
            throw new StandaloneException($"Port {Base.Port} is in use by another program. Choose another with OPSCENTER_PORT={Base.Port % 65535 + 1}.", fault);
        }
        catch (SocketException fault)
        {
            throw new StandaloneException($"{Base.Authority} cannot be listened on ({fault.Message}). Choose another port with OPSCENTER_PORT, or another address with --urls.", fault);
        }
    }

    private static int PortOf(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return DefaultPort;
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : throw new StandaloneException($"OPSCENTER_PORT is {text}. Give it a number from 1 to 65535, or 0 for any free port.");
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url) is { IsUnixPipe: false, IsNamedPipe: false } address
                ? address
                : throw new StandaloneException($"OpsCenter listens on a port, and {url} has none. Write for example http://127.0.0.1:{DefaultPort}.");
        }
        catch (FormatException fault)
        {
            throw new StandaloneException($"{url} is no address to listen on. Write for example http://127.0.0.1:{DefaultPort}.", fault);
        }
    }
}
