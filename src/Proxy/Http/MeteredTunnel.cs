using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http;

/// <summary>Stands in front of a tunnel through HTTP/2 (RFC 8441), counts its bytes, shows its watch that they move, and says when the client ends.</summary>
#pragma warning disable CA1001 // a source without a timer holds nothing to dispose of
internal sealed class MeteredTunnel(IHttpExtendedConnectFeature inner, StreamWatch watch) : IHttpExtendedConnectFeature
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _clientEnded = new();

    public IHttpExtendedConnectFeature Inner => inner;

    public bool IsExtendedConnect => inner.IsExtendedConnect;

    public string? Protocol => inner.Protocol;

    /// <summary>Fires when the client has sent all it had to; YARP tells nobody.</summary>
    public CancellationToken ClientEnded => _clientEnded.Token;

    public long Received { get; private set; }

    public long Sent { get; private set; }

    public async ValueTask<Stream> AcceptAsync() => new Both(await inner.AcceptAsync(), this, watch);

    private sealed class Both(Stream stream, MeteredTunnel tunnel, StreamWatch watch) : AsyncStream
    {
        public override bool CanRead => true;
        public override bool CanWrite => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await stream.ReadAsync(buffer, cancellationToken);
            tunnel.Received += count;
            watch.Moved();
            if (count == 0 && !buffer.IsEmpty)
            {
                await tunnel._clientEnded.CancelAsync();
            }

            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await stream.WriteAsync(buffer, cancellationToken);
            tunnel.Sent += buffer.Length;
            watch.Moved();
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                stream.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
