namespace Mesh.Proxy.Routing;

/// <summary>The protocol a request arrived in.</summary>
internal enum HttpVersionKind : byte
{
    Http10,
    Http11,
    Http2,
}
