using System.Net;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>
/// An upstream's body whose reader passes the head on first where the body is not there yet. YARP would keep the head until the first
/// byte, and a stream whose client waits for it before it speaks would never begin. An answer that ended with its head (gRPC's
/// trailers-only) is read at once and stays one.
/// </summary>
/// <param name="announced">Bytes that the body must have, -1 where nobody has said.</param>
internal sealed class PromptHeadContent(HttpContent inner, HttpResponse response, long announced) : HttpContent
{
    // The inner stream is there already, and asking for it in the other way costs a task.
    protected override Task<Stream> CreateContentReadStreamAsync() =>
        Task.FromResult<Stream>(new PromptHeadStream(inner.ReadAsStream(), response, announced));

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
}
