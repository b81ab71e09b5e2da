namespace Mesh.Proxy.Upstream;

/// <summary>Where a cluster's endpoints come from.</summary>
internal enum ClusterKind : byte
{
    /// <summary>Listed by the control plane.</summary>
    Endpoints,

    /// <summary>Names resolved by this proxy.</summary>
    Dns,

    /// <summary>The address the client was going to.</summary>
    OriginalDestination,

    /// <summary>The application beside this proxy.</summary>
    Application,

    /// <summary>Nowhere: refuses everything.</summary>
    BlackHole,
}
