namespace Mesh.ControlPlane.Model;

/// <summary>The balancers; Istio's default is <see cref="LeastRequest"/>.</summary>
internal enum LoadBalancerKind
{
    LeastRequest,
    RoundRobin,
    Random,
    Passthrough,
    RingHash,
    Maglev,

    /// <summary>By latency and requests in flight; Istio has none, so an annotation asks for it.</summary>
    LatencyAware,
}
