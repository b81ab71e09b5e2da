using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>An encrypted TCP connection. One reader and one writer at a time.</summary>
/// <remarks>
/// TLS says things of its own on an idle connection, session tickets above all (RFC 8446, 4.6.1), so bytes in the socket say nothing about the peer.
/// Whether it spoke is found out by reading nothing: that takes in what TLS says and ends with the first byte of data, or the end. What is still being
/// read so when the next request comes is the beginning of reading its answer.
/// </remarks>
internal sealed class TlsTransport(SslStream stream, Socket socket, TlsPrincipals? principals = null) : UpstreamTransport
{
    private ValueTask<int> _ahead;
    private bool _looksAhead;

    public Socket Socket => socket;

    public SslStream Stream => stream;

    public override IPEndPoint? LocalEndPoint { get; } = socket.LocalEndPoint as IPEndPoint;

    public override TlsPrincipals? Principals => principals;

    public override bool IsQuiet
    {
        get
        {
            try
            {
                if (!_looksAhead)
                {
#pragma warning disable CA2012 // consumed once, by the next reader
                    _ahead = stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2012
                    _looksAhead = true;
                }

                // Our own event loop may be behind the kernel: better a new connection than one that is just being closed.
                return !_ahead.IsCompleted && !socket.Poll(0, SelectMode.SelectRead);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                return false;
            }
        }
    }

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) =>
        _looksAhead ? ReceiveAheadAsync(buffer, cancellation) : stream.ReadAsync(buffer, cancellation);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var writing = stream.WriteAsync(bytes, cancellation);
        if (!writing.IsCompletedSuccessfully)
        {
            return SentAsync(writing, bytes.Length);
        }

        writing.GetAwaiter().GetResult();
        return new(bytes.Length);
    }

    /// <summary>Ends our direction in TLS, so that nobody can have cut it short (RFC 8446, 6.1), and then in TCP.</summary>
    public override void ShutdownSend() => _ = EndSendingAsync();

    public override void Abort()
    {
        socket.Close(timeout: 0);
        stream.Dispose();
    }

    public override void Dispose() => stream.Dispose();

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAheadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var ahead = _ahead;
        _looksAhead = false;
        using (
            cancellation.CanBeCanceled
                ? cancellation.UnsafeRegister(static transport => ((TlsTransport)transport!).Dispose(), this)
                : default
        )
        {
            await ahead;
        }

        return buffer.IsEmpty ? 0 : await stream.ReadAsync(buffer, cancellation);
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> SentAsync(ValueTask writing, int count)
    {
        await writing;
        return count;
    }

    private async Task EndSendingAsync()
    {
        try
        {
            await stream.ShutdownAsync();
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Gone already; the reader finds out.
        }
    }
}
