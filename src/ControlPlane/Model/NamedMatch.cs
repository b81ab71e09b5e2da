namespace Mesh.ControlPlane.Model;

/// <summary>A condition on one header (name in lower case) or query parameter.</summary>
internal sealed record NamedMatch(string Name, StringMatch Value);
