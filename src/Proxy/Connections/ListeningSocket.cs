using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Mesh.Proxy.Connections;

/// <summary>
/// One bound address and the loop that accepts on it; established connections outlive it. They come out as bare sockets: what is no HTTP
/// needs none of the pipes that Kestrel's transport puts around one.
/// </summary>
internal sealed partial class ListeningSocket : IAsyncDisposable
{
    private const int Backlog = 4096;

    // Without free descriptors accepting fails at once, again and again, until connections end.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _socket;
    private readonly Func<Socket, Task> _handle;
    private readonly ILogger _logger;
    private readonly Task _loop;
    private volatile bool _closing;

    private ListeningSocket(Socket socket, Func<Socket, Task> handle, ILogger logger)
    {
        _socket = socket;
        _handle = handle;
        _logger = logger;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        _loop = AcceptAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <param name="transparent">Connections come to it whatever address they are for (TPROXY).</param>
    /// <exception cref="SocketException">The address cannot be bound, or this process may not be transparent.</exception>
    public static ListeningSocket Open(IPEndPoint address, Func<Socket, Task> handle, ILogger logger, bool transparent = false)
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
            return new(socket, handle, logger);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        _socket.Dispose();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                _ = _handle(await _socket.AcceptAsync());
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                if (_closing)
                {
                    return;
                }

                AcceptFailed(EndPoint, error.Message);
                await Task.Delay(Pause);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Accepting on {EndPoint} failed: {Reason}")]
    private partial void AcceptFailed(IPEndPoint endPoint, string reason);
}
