using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Connections;

/// <summary>
/// An HTTP/1.1 client's socket as the codec wants it. Kestrel's transport does the same with two pipes and two loops that run beside the codec,
/// which costs a tenth of a small request.
/// </summary>
internal sealed class SocketConnection : DefaultConnectionContext, IDuplexPipe, IConnectionSocketFeature
{
    private readonly SocketInput _input;
    private readonly SocketOutput _output;
    private readonly CancellationTokenSource _closed = new();
    private int _disposed;

    /// <param name="socket">Connected; this connection owns it.</param>
    public SocketConnection(Socket socket)
    {
        // Its input and output ask the kernel themselves, and must not be made to wait.
        socket.Blocking = false;
        Socket = socket;
        _input = new(socket, Ended);
        _output = new(socket);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Transport = this;
        Features.Set<IConnectionSocketFeature>(this);
    }

    public Socket Socket { get; }

    public PipeReader Input => _input;

    public PipeWriter Output => _output;

    /// <summary>Resets the connection.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Socket.Close(timeout: 0);

    /// <summary>Sends what is written, then closes.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await base.DisposeAsync();
            return;
        }

        _output.Complete();
        await _output.SentAsync();
        _input.Complete();
        try
        {
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Gone already.
        }

        Socket.Dispose();
        Ended();
        await base.DisposeAsync();
    }

    private void Ended()
    {
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended and was disposed at the same time.
        }
    }
}
