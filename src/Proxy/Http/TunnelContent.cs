using System.Net;

namespace Mesh.Proxy.Http;

/// <summary>
/// A tunnel to an HTTP/2 upstream that ends with its client. .NET cannot end one direction of such a stream, so both end, as they do for clients of
/// HTTP/1.1: who has closed does not wait for anything.
/// </summary>
internal sealed class TunnelContent(HttpContent inner, CancellationToken clientEnded) : HttpContent
{
    protected override async Task<Stream> CreateContentReadStreamAsync() => new Both(await inner.ReadAsStreamAsync(), clientEnded);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private sealed class Both(Stream stream, CancellationToken clientEnded) : AsyncStream
    {
        public override bool CanRead => true;
        public override bool CanWrite => true;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, clientEnded);
            try
            {
                return await stream.ReadAsync(buffer, either.Token);
            }
            catch (Exception error)
                when (clientEnded.IsCancellationRequested
                    && !cancellationToken.IsCancellationRequested
                    && error is OperationCanceledException or IOException
                )
            {
                return 0;
            }
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            stream.WriteAsync(buffer, cancellationToken);

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
