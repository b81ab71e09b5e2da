namespace Mesh.ControlPlane.Model;

/// <summary>The balancers; Istio's default is <see cref="LeastRequest"/>.</summary>
internal enum LoadBalancerKind
{
    LeastRequest,
    RoundRobin,
    Random,
    Passthrough,
}
