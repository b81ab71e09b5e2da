namespace Mesh.Proxy.Routing;

/// <summary>Headers the proxy itself reads; <see cref="RequestHead"/> finds them by id instead of by name.</summary>
internal enum KnownHeader : byte
{
    None,
    Connection,
    ContentLength,
    ContentType,
    Cookie,
    Expect,
    GrpcTimeout,
    Host,
    Te,
    TransferEncoding,
    Upgrade,
    UserAgent,
    XForwardedFor,
    XForwardedProto,
    XRequestId,
    Traceparent,
    XEnvoyExpectedRqTimeoutMs,
    XEnvoyUpstreamRqTimeoutMs,
}
