namespace Mesh.Proxy.Upstream;

/// <summary>An endpoint's health as the control plane sees it (EDS health_status).</summary>
internal enum EndpointHealth : byte
{
    /// <summary>Also where nobody said anything.</summary>
    Healthy,

    /// <summary>Works, but only where no healthy one is left to take the load.</summary>
    Degraded,

    /// <summary>Unhealthy, draining or timed out: only in a panic.</summary>
    Unhealthy,
}
