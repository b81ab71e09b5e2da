using System.Net;
using System.Net.Sockets;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>A bare TCP connection. Hands out the socket's own value tasks: no state machine and no allocation in between.</summary>
internal sealed class SocketTransport(Socket socket) : UpstreamTransport
{
    public Socket Socket => socket;

    public override IPEndPoint? LocalEndPoint { get; } = socket.LocalEndPoint as IPEndPoint;

    // One poll(2) asks the kernel itself, so an end that has arrived is seen even where our own event loop is behind.
    public override bool IsQuiet
    {
        get
        {
            try
            {
                return !socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        socket.ReceiveAsync(buffer, SocketFlags.None, cancellation);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        socket.SendAsync(bytes, SocketFlags.None, cancellation);

    public override void ShutdownSend() => socket.Shutdown(SocketShutdown.Send);

    public override void Abort() => socket.Close(timeout: 0);

    public override void Dispose() => socket.Dispose();
}
