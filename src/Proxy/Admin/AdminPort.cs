namespace Mesh.Proxy.Admin;

/// <summary>The ports that <see cref="AdminServer"/> answers on; each shows only what its audience needs.</summary>
internal enum AdminPort
{
    /// <summary>Everything, from this machine only.</summary>
    Admin,

    /// <summary>Readiness, for the kubelet.</summary>
    Ready,

    /// <summary>The proxy's metrics, for Prometheus.</summary>
    Metrics,

    /// <summary>Metrics and readiness on the port that Istio's annotations point to.</summary>
    Merged,
}
