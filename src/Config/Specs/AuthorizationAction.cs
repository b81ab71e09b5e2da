namespace Mesh.Config.Specs;

/// <summary>What becomes of the traffic that an AuthorizationPolicy's rules take.</summary>
public enum AuthorizationAction
{
    /// <summary>It may pass, and nothing else may.</summary>
    Allow,

    /// <summary>It is refused.</summary>
    Deny,

    /// <summary>It is noted.</summary>
    Audit,

    /// <summary>An extension provider is asked.</summary>
    Custom,
}
