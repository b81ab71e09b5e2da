namespace Mesh.Config.Specs;

/// <summary>Whether a ServiceEntry is part of the mesh.</summary>
public enum ServiceEntryLocation
{
    /// <summary>Outside of the mesh (default).</summary>
    MeshExternal,

    /// <summary>Part of the mesh.</summary>
    MeshInternal,
}
