namespace Mesh.ControlPlane.Model;

/// <summary>A named part of a service's endpoints, with what it overrides of the rule's policy (field blocks, A.3 of Istio's semantics).</summary>
internal sealed record Subset(string Name, Labels Labels, TrafficPolicy Policy);
