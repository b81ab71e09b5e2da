namespace Mesh.Proxy.Security.Tls;

/// <summary>Which of a certificate's alternative names a <see cref="NameRule"/> looks at.</summary>
internal enum NameKind : byte
{
    Any,
    Dns,
    Uri,
    Address,
}
