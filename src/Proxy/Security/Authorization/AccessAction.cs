namespace Mesh.Proxy.Security.Authorization;

/// <summary>What becomes of what a set of policies matches.</summary>
internal enum AccessAction : byte
{
    /// <summary>It passes, and nothing else does.</summary>
    Allow,

    /// <summary>It is refused, and nothing else is.</summary>
    Deny,

    /// <summary>It is noted, and everything passes.</summary>
    Log,
}
