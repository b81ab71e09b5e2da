namespace Mesh.ControlPlane.Model;

/// <summary>An ejected endpoint returns only after so many single requests to it succeeded.</summary>
internal sealed record HalfOpenProbe(int Successes);
