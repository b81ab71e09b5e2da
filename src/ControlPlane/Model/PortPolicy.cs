namespace Mesh.ControlPlane.Model;

/// <summary>The policy of one service port; it replaces the others whole, nothing is inherited.</summary>
internal sealed record PortPolicy(int Port, TrafficPolicy Policy);
