namespace Mesh.ControlPlane.Model;

/// <summary>The region that takes over where another has too few healthy endpoints.</summary>
internal sealed record RegionFailover(string From, string To);
