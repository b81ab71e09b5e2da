namespace Mesh.Proxy.Security.Authorization;

/// <summary>Which of the addresses around a request a policy asks about.</summary>
internal enum AddressKind : byte
{
    /// <summary>The connection's other end.</summary>
    Source,

    /// <summary>The original client, as the last proxy before this one wrote it into X-Forwarded-For; the connection's other end without it.</summary>
    Remote,

    /// <summary>What the client dialled.</summary>
    Destination,
}
