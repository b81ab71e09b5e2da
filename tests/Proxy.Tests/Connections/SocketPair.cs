using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Tests.Connections;

/// <summary>The two ends of a TCP connection over loopback.</summary>
internal static class SocketPair
{
    public static (Socket One, Socket Other) Connect()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var one = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        one.Connect(listener.LocalEndPoint!);
        var other = listener.Accept();
        other.NoDelay = true;
        return (one, other);
    }
}
