using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Mesh.Cli.Processes;

/// <summary>
/// Picks ports that nobody listens on right now and that this process has not given away lately. They lie below those that the
/// kernel hands out by itself (32768 and up) and below Kubernetes' node ports: a port of these may be somebody's outgoing connection
/// before the program that is told of it has started.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 10_000;

    // Programs that run beside each other begin at different places.
    private static int _next = RandomNumberGenerator.GetInt32(Count);

    /// <exception cref="SocketException">No port of the range is free, or the address is not of this host.</exception>
    public static int On(IPAddress address)
    {
        for (var tried = 0; ; tried++)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            try
            {
                using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(address, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse && tried < Count) { }
        }
    }
}
