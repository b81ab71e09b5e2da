namespace Mesh.Proxy.Security.Tokens;

/// <summary>Kinds of public keys that verify tokens.</summary>
internal enum TokenKeyKind : byte
{
    Rsa,
    P256,
    P384,
    P521,
}
