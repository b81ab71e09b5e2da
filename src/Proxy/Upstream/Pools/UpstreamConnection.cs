using System.Net;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// One HTTP/1.1 connection of an <see cref="EndpointPool"/>. It holds no buffer and no parser: both are rented with an exchange. Whoever rented
/// it is its only user and gives it back once with <see cref="Return"/>.
/// </summary>
internal sealed class UpstreamConnection : IAbortable
{
    private readonly EndpointPool _pool;
    private readonly UpstreamTransport _transport;
    private int _rented;

    internal UpstreamConnection(EndpointPool pool, UpstreamTransport transport, long openedAt)
    {
        _pool = pool;
        _transport = transport;
        OpenedAt = openedAt;
        IdleSince = openedAt;
    }

    public IPEndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>Requests that it has carried, the current one among them.</summary>
    public long Requests { get; private set; }

    /// <summary>It has carried a request before this one: where it breaks before a byte of an answer, the peer may just have closed an idle connection.</summary>
    public bool IsReused => Requests > 1;

    /// <summary>A byte of the current request may have left; false only where none has.</summary>
    public bool HasSent { get; private set; }

    /// <summary>What carries its bytes, for an upgraded connection that is pumped.</summary>
    public UpstreamTransport Transport => _transport;

    /// <summary>Timestamp of the connect.</summary>
    internal long OpenedAt { get; }

    /// <summary>Timestamp of the latest return.</summary>
    internal long IdleSince { get; set; }

    internal bool IsQuiet => _transport.IsQuiet;

    /// <summary>0 at the peer's end. An empty buffer waits for the first byte without holding memory.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation = default) =>
        _transport.ReceiveAsync(buffer, cancellation);

    /// <summary>Completes once all bytes are taken.</summary>
    public ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation = default)
    {
        var sending = _transport.SendAsync(bytes, cancellation);
        // One that fails at once has given the kernel nothing; one that has to wait may have given it a part.
        HasSent |= !sending.IsFaulted;
        return sending;
    }

    /// <summary>Tells the peer that no more bytes follow; reading goes on. Such a connection cannot be reused.</summary>
    public void ShutdownSend() => _transport.ShutdownSend();

    /// <summary>Resets, from any thread: what is being received or sent fails. <see cref="Return"/> must still be called.</summary>
    public void Abort() => _transport.Abort();

    /// <summary>Ends the exchange.</summary>
    /// <param name="reusable">
    /// The request was sent whole, the answer was read to its end, no byte follows it, and both sides keep the connection (RFC 9112 section 9.3).
    /// </param>
    public void Return(bool reusable)
    {
        if (Interlocked.Exchange(ref _rented, 0) == 0)
        {
            throw new InvalidOperationException("The connection is not rented.");
        }

        _pool.Return(this, reusable);
    }

    internal void BeginRequest()
    {
        Requests++;
        HasSent = false;
        Volatile.Write(ref _rented, 1);
    }

    internal void Close() => _transport.Dispose();
}
