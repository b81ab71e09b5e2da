namespace Mesh.Config.Specs;

/// <summary>What happens to a preflight request of an origin that is not allowed.</summary>
public enum UnmatchedPreflights
{
    /// <summary>It is forwarded to the upstream.</summary>
    Forward,

    /// <summary>It is answered by the proxy without CORS headers.</summary>
    Ignore,
}
