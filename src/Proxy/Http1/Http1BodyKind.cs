namespace Mesh.Proxy.Http1;

/// <summary>How the end of a body is told.</summary>
internal enum Http1BodyKind : byte
{
    /// <summary>There is no body, whatever the headers say.</summary>
    None,
    Fixed,
    Chunked,

    /// <summary>The body ends with the connection; responses only.</summary>
    UntilClose,

    /// <summary>No message any more: what follows the head belongs to the tunnel.</summary>
    Tunnel,
}
