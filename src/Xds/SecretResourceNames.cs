namespace Mesh.Xds;

/// <summary>The names of secrets that every workload has, as Istio calls them.</summary>
public static class SecretResourceNames
{
    /// <summary>The trusted roots of the mesh: the same for everybody, sent by the control plane.</summary>
    public const string Roots = "ROOTCA";

    /// <summary>The workload's own certificate and key: made where they are used, never sent.</summary>
    public const string Own = "default";
}
