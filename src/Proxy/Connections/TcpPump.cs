using System.Net.Sockets;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Moves bytes both ways between a client and an upstream until both have said all they had to. When one side ends its direction, the
/// other is told so and may go on talking (half-close); when one breaks off, so is the other. A slow reader holds the writer back.
/// </summary>
internal sealed class TcpPump
{
    private readonly Socket _client;
    private readonly Socket _upstream;
    private readonly PumpDirection _up;
    private readonly PumpDirection _down;

    public TcpPump(Socket client, Socket upstream, TimeProvider time)
    {
        // Splicing is no asynchronous operation of the socket's, and must not block.
        client.Blocking = false;
        upstream.Blocking = false;
        _client = client;
        _upstream = upstream;
        _up = new(client, upstream, time);
        _down = new(upstream, client, time);
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
        _client.Close(timeout: 0);
        _upstream.Close(timeout: 0);
    }

    private async Task RunAsync(PumpDirection direction)
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
