namespace Mesh.Proxy.Security.Tokens;

/// <summary>What JSON a <see cref="ClaimValue"/> was.</summary>
internal enum ClaimKind : byte
{
    Null,
    Text,
    Number,
    Boolean,
    List,
    Members,
}
