namespace Mesh.Proxy.Security.Tls;

/// <summary>What a connection will carry, which its ALPN says.</summary>
internal enum TlsUse : byte
{
    Tcp,
    Http1,
    Http2,
}
