namespace Mesh.ControlPlane.Model;

/// <summary>Which endpoint takes a request.</summary>
internal sealed record LoadBalancing(LoadBalancerKind Kind);
