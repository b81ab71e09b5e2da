using System.Security.Authentication;

namespace Mesh.Proxy.Security.Tls;

/// <summary>TLS 1.3 is preferred by every library that knows it; nothing before 1.2 is spoken.</summary>
internal static class TlsVersions
{
    public const SslProtocols Default = SslProtocols.Tls12 | SslProtocols.Tls13;

#pragma warning disable CA5398 // for those whose rule asks for one version
    public const SslProtocols NotAbove12 = SslProtocols.Tls12;

    public const SslProtocols NotBelow13 = SslProtocols.Tls13;
#pragma warning restore CA5398
}
