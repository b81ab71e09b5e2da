namespace Mesh.ControlPlane.Model;

/// <summary>A header in which tokens stand, and what stands before them.</summary>
internal sealed record TokenHeader(string Name, string Prefix);
