namespace Mesh.ControlPlane.Delivery;

/// <summary>The names of secrets on the wire, and who may ask for which.</summary>
internal static class SecretNames
{
    /// <summary>The trusted roots of the mesh, as Istio names them: no secret, everybody's.</summary>
    public const string Roots = "ROOTCA";

    /// <summary>Everything that there is for the node.</summary>
    private const string Wildcard = "*";

    /// <summary>
    /// Keys are made where they are used and never travel, so nothing but the roots is there to ask for; a name of any other is somebody looking for
    /// what is not his.
    /// </summary>
    public static bool MayAsk(string name) => name is Roots or Wildcard;
}
