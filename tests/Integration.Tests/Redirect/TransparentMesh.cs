namespace Mesh.Integration.Tests.Redirect;

/// <summary>The same with sidecars that keep the addresses of clients.</summary>
public sealed class TransparentMesh : RedirectMesh
{
    protected override string Mode => "tproxy";
}
