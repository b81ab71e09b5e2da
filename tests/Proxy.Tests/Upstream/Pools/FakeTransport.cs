using System.Net;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>A connection without bytes, of which a test says what its peer does.</summary>
internal sealed class FakeTransport(IPEndPoint address) : UpstreamTransport
{
    private volatile bool _closed;

    public IPEndPoint Address => address;

    /// <summary>The peer has closed it, or sent what nobody asked for.</summary>
    public bool PeerSpoke { get; set; }

    public bool Closed => _closed;

    public override IPEndPoint? LocalEndPoint => null;

    public override bool IsQuiet => !PeerSpoke && !_closed;

    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) => new(0);

    public override ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) => new(bytes.Length);

    public override void ShutdownSend() { }

    public override void Abort() => _closed = true;

    public override void Dispose() => _closed = true;
}
