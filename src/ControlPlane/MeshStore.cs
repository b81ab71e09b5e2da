namespace Mesh.ControlPlane;

/// <summary>Holder of the one reference to the published state.</summary>
internal sealed class MeshStore
{
    private volatile MeshState? current;

    /// <summary>Null until the first complete read was translated and published.</summary>
    public MeshState? Current => current;

    public void Publish(MeshState state) => current = state;
}
