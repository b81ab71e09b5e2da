namespace Mesh.Proxy.Http1;

/// <summary>Response headers the proxy itself reads; <see cref="ResponseHead"/> finds them by id instead of by name.</summary>
internal enum ResponseHeader : byte
{
    None,
    Connection,
    ContentLength,
    ContentType,
    Date,
    GrpcMessage,
    GrpcStatus,
    KeepAlive,
    Location,
    ProxyConnection,
    Server,
    Trailer,
    TransferEncoding,
    Upgrade,
    XEnvoyOverloaded,
    XEnvoyRateLimited,
    XEnvoyUpstreamServiceTime,
    XMeshRepeatable,
}
