using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>Who may ask for which secret.</summary>
internal static class SecretNames
{
    /// <summary>Everything that there is for the node.</summary>
    private const string Wildcard = "*";

    /// <summary>
    /// Keys are made where they are used and never travel, so that nothing but the roots is there to be had; who names another secret is looking for
    /// what is not its own.
    /// </summary>
    public static bool MayAsk(string name) => name is SecretResourceNames.Roots or SecretResourceNames.Own or Wildcard;
}
