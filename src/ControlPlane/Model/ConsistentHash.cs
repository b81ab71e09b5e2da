namespace Mesh.ControlPlane.Model;

/// <summary>Key and size of a consistent balancer; exactly one key is set.</summary>
/// <param name="Size">Fewest points of the ring, or entries of the Maglev table; null for the default.</param>
internal sealed record ConsistentHash(string? Header, HashCookie? Cookie, bool SourceIp, string? QueryParameter, long? Size);
