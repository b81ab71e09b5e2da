using System.Net;

namespace Mesh.Proxy.Upstream;

/// <summary>
/// A request body each of whose pieces is sent at once. .NET's HTTP/2 keeps small ones until the body ends, and an upstream that answers
/// piece by piece would wait for ever.
/// </summary>
internal sealed class PromptContent : HttpContent
{
    private readonly HttpContent _inner;

    public PromptContent(HttpContent inner)
    {
        _inner = inner;
        foreach (var (name, values) in inner.Headers.NonValidated)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _inner.CopyToAsync(new PromptStream(stream), context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
