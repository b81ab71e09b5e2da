using System.Net;
using System.Net.Sockets;
using Mesh.Listening;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Mesh.Proxy.Connections;

/// <summary>
/// One bound address and the loop that accepts on it; established connections outlive it. They come out as bare sockets: what is no HTTP
/// needs none of the pipes that Kestrel's transport puts around one.
/// </summary>
internal sealed class ListeningSocket : IAsyncDisposable
{
    private const int Backlog = 4096;

    private readonly Acceptor _acceptor;
    private readonly Func<Socket, Task> _handle;
    private readonly Task _loop;

    private ListeningSocket(Socket socket, Func<Socket, Task> handle, AcceptContext context)
    {
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _acceptor = new(socket, EndPoint, context.Failures, context.Time, context.Logger);
        _handle = handle;
        _loop = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <param name="transparent">Connections come to it whatever address they are for (TPROXY).</param>
    /// <exception cref="SocketException">The address cannot be bound, or this process may not be transparent.</exception>
    public static ListeningSocket Open(IPEndPoint address, Func<Socket, Task> handle, AcceptContext context, bool transparent = false)
    {
        // Kestrel's way: the unspecified IPv6 address takes IPv4 too.
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
        try
        {
            if (transparent)
            {
                OriginalDestination.MakeTransparent(socket);
            }

            socket.Listen(Backlog);
            return new(socket, handle, context);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _acceptor.Close();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (await _acceptor.AcceptAsync() is { } socket)
        {
            _ = _handle(socket);
        }
    }
}
