namespace Mesh.ControlPlane.Model;

/// <summary>Who declared a service: the platform, or a ServiceEntry inside or outside the mesh.</summary>
internal enum ServiceOrigin
{
    Kubernetes,
    EntryMeshInternal,
    EntryMeshExternal,
}
