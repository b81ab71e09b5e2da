using System.Net;
using System.Net.Sockets;

namespace Mesh.Cli.Processes;

/// <summary>Picks ports that nobody listens on right now.</summary>
internal static class FreePort
{
    public static int On(IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
