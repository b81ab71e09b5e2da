namespace Mesh.ControlPlane.Model;

/// <summary>Which object a piece of the snapshot came from, and where it is written.</summary>
internal sealed record SourceRef(string Kind, string Namespace, string Name, string File, int Line)
{
    public override string ToString() => $"{Kind} {Namespace}/{Name} ({File}:{Line})";
}
