namespace Mesh.ControlPlane.Model;

/// <summary>What becomes of what a policy's rules take, in the order in which the actions are asked.</summary>
internal enum AccessAction
{
    /// <summary>A provider decides.</summary>
    Custom,

    /// <summary>It is noted.</summary>
    Audit,

    /// <summary>It is refused.</summary>
    Deny,

    /// <summary>It passes, and nothing else does.</summary>
    Allow,
}
