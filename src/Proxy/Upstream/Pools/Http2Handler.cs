namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// HTTP/2 connections of one <see cref="Http2Pool"/>: one, or more where the endpoint allows fewer streams on each than are needed. Rented for one
/// request, and returned once when its answer has been read.
/// </summary>
internal sealed class Http2Handler(Http2Pool pool, HttpMessageHandler handler) : HttpMessageInvoker(handler, disposeHandler: true)
{
    /// <summary>Requests in flight. Guarded by the pool's lock.</summary>
    public uint Active { get; set; }

    /// <summary>Requests ever. Guarded by the pool's lock.</summary>
    public uint Started { get; set; }

    public void Return() => pool.Return(this);

    public override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        base.SendAsync(UpstreamContent.Complete(request), cancellationToken);
}
