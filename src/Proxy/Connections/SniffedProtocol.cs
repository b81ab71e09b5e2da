namespace Mesh.Proxy.Connections;

/// <summary>What the first bytes of a connection say.</summary>
internal enum SniffedProtocol : byte
{
    /// <summary>Every protocol is still possible: wait for more.</summary>
    Undecided,
    Http1,
    Http2,
    Tcp,
}
