using System.Collections.Immutable;
using System.Security.Authentication;

namespace Mesh.Proxy.Security.Tls;

/// <summary>How mutual TLS from peers of the mesh ends here: with this proxy's own certificate, believing the mesh's roots.</summary>
internal sealed record TlsServerSettings
{
    /// <summary>One of them must allow a name of the client's certificate; none for any of the mesh's.</summary>
    public ImmutableArray<NameRule> Names { get; init; } = [];

    /// <summary>ALPN names to answer with, best first.</summary>
    public ImmutableArray<string> Protocols { get; init; } = [];

    public SslProtocols Versions { get; init; } = TlsVersions.Default;
}
