namespace Mesh.Config.Specs;

/// <summary>Whether HTTP/1.1 is upgraded to HTTP/2 towards the upstream.</summary>
public enum H2UpgradePolicy
{
    /// <summary>As the mesh says.</summary>
    Default,

    /// <summary>Never.</summary>
    DoNotUpgrade,

    /// <summary>Always.</summary>
    Upgrade,
}
