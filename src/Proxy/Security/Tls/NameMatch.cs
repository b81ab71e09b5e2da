namespace Mesh.Proxy.Security.Tls;

/// <summary>How a <see cref="NameRule"/> compares.</summary>
internal enum NameMatch : byte
{
    Exact,
    Prefix,
    Suffix,
    Contains,
}
