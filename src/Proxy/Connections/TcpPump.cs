using System.Net.Sockets;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Moves bytes both ways between a client and an upstream until both have said all they had to. When one side ends its direction, the
/// other is told so and may go on talking (half-close); when one breaks off, so is the other. A slow reader holds the writer back.
/// </summary>
internal sealed class TcpPump
{
    private readonly UpstreamTransport _client;
    private readonly UpstreamTransport _upstream;
    private readonly IPumpDirection _up;
    private readonly IPumpDirection _down;

    public TcpPump(UpstreamTransport client, UpstreamTransport upstream, TimeProvider time)
    {
        _client = client;
        _upstream = upstream;
        if (client is SocketTransport { Socket: var from } && upstream is SocketTransport { Socket: var to })
        {
            // Splicing is no asynchronous operation of the socket's, and must not block.
            from.Blocking = false;
            to.Blocking = false;
            _up = new PumpDirection(from, to, time);
            _down = new PumpDirection(to, from, time);
        }
        else
        {
            // What is encrypted has to be seen to be moved.
            _up = new CopyDirection(client, upstream, time);
            _down = new CopyDirection(upstream, client, time);
        }
    }

    public long LastActivity => Math.Max(_up.LastActivity, _down.LastActivity);

    /// <summary>Bytes from the client.</summary>
    public long Received => _up.Moved;

    /// <summary>Bytes to the client.</summary>
    public long Sent => _down.Moved;

    /// <summary>Never throws: a connection that breaks off is an ordinary end.</summary>
    public Task RunAsync() => Task.WhenAll(RunAsync(_up), RunAsync(_down));

    /// <summary>Resets both connections: an end in good order would tell the peers that they have got everything.</summary>
    public void Abort()
    {
        _client.Abort();
        _upstream.Abort();
    }

    private async Task RunAsync(IPumpDirection direction)
    {
        try
        {
            await direction.RunAsync();
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            Abort();
        }
    }
}
