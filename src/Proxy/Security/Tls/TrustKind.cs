namespace Mesh.Proxy.Security.Tls;

/// <summary>Whose certificates are believed.</summary>
internal enum TrustKind : byte
{
    /// <summary>Those that chain to the mesh's roots.</summary>
    Mesh,

    /// <summary>Those that chain to an authority of this machine's.</summary>
    System,

    /// <summary>Those that chain to the authorities of a PEM text.</summary>
    Authorities,

    /// <summary>All.</summary>
    Anyone,
}
