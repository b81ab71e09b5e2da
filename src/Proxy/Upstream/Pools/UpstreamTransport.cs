using System.Net;
using Mesh.Proxy.Security.Tls;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>The bytes of one connection to an endpoint: a bare socket, or what encrypts it.</summary>
internal abstract class UpstreamTransport : IDisposable
{
    /// <summary>Null where it is not an IP connection.</summary>
    public abstract IPEndPoint? LocalEndPoint { get; }

    /// <summary>Who both ends are; null where nothing has proved it.</summary>
    public virtual TlsPrincipals? Principals => null;

    /// <summary>
    /// Whether nothing waits to be read: no byte, no end, no error. Asked of an idle connection it says that the peer has not closed it
    /// and has not spoken out of turn. Never blocks.
    /// </summary>
    public abstract bool IsQuiet { get; }

    /// <summary>0 at the peer's end. An empty buffer waits for the first byte without holding memory.</summary>
    public abstract ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation);

    /// <summary>Completes once all bytes are taken.</summary>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>Tells the peer that no more bytes follow; reading goes on.</summary>
    public abstract void ShutdownSend();

    /// <summary>
    /// Resets: the peer must not take this for an orderly end, and learns of it even while it waits for nothing of ours. What is being received or
    /// sent fails. From any thread.
    /// </summary>
    public abstract void Abort();

    /// <summary>Closes in order and at once; what is being received or sent fails.</summary>
    public abstract void Dispose();
}
