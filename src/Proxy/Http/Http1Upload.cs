using System.Net;

namespace Mesh.Proxy.Http;

/// <summary>The request body of an HTTP/1.1 client, as .NET's HTTP/2 client asks for it.</summary>
/// <param name="length">-1 where only its end will tell.</param>
internal sealed class Http1Upload(long length, Func<Stream, CancellationToken, Task> copy) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        copy(stream, cancellationToken);

    protected override bool TryComputeLength(out long length1)
    {
        length1 = length;
        return length >= 0;
    }
}
