namespace Mesh.Proxy.Upstream;

/// <summary>The protocol spoken to a cluster's endpoints.</summary>
internal enum UpstreamProtocol : byte
{
    Http1,
    Http2,

    /// <summary>Whatever the client spoke.</summary>
    SameAsClient,
}
