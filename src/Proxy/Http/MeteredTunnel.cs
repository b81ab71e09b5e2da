using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http;

/// <summary>Stands in front of a tunnel through HTTP/2 (RFC 8441), counts its bytes and shows its watch that they move.</summary>
internal sealed class MeteredTunnel(IHttpExtendedConnectFeature inner, StreamWatch watch) : IHttpExtendedConnectFeature
{
    public IHttpExtendedConnectFeature Inner => inner;

    public bool IsExtendedConnect => inner.IsExtendedConnect;

    public string? Protocol => inner.Protocol;

    public long Received { get; private set; }

    public long Sent { get; private set; }

    public async ValueTask<Stream> AcceptAsync() => new Both(await inner.AcceptAsync(), this, watch);

    private sealed class Both(Stream stream, MeteredTunnel tunnel, StreamWatch watch) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await stream.ReadAsync(buffer, cancellationToken);
            tunnel.Received += count;
            watch.Moved();
            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await stream.WriteAsync(buffer, cancellationToken);
            tunnel.Sent += buffer.Length;
            watch.Moved();
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

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
