using System.Collections.Immutable;
using System.Security.Authentication;

namespace Mesh.Proxy.Security.Tls;

/// <summary>What TLS towards endpoints is made with. Equal by value.</summary>
internal sealed record TlsClientSettings
{
    /// <summary>Shows this proxy's own workload certificate.</summary>
    public bool OwnIdentity { get; init; }

    /// <summary>The certificate that is shown otherwise, leaf first; null for none.</summary>
    public PemSource? Certificate { get; init; }

    /// <summary>Its private key.</summary>
    public PemSource? Key { get; init; }

    public TrustKind Trust { get; init; } = TrustKind.System;

    /// <summary>For <see cref="TrustKind.Authorities"/>.</summary>
    public PemSource? Authorities { get; init; }

    /// <summary>Lists of what is valid no more, one of every authority on the way; null where nobody asks for them.</summary>
    public PemSource? Revoked { get; init; }

    /// <summary>One of them must allow a name of the server's certificate; none for any name.</summary>
    public ImmutableArray<NameRule> Names { get; init; } = [];

    /// <summary>The name asked for (SNI); empty for none.</summary>
    public string ServerName { get; init; } = "";

    /// <summary>ALPN names, best first.</summary>
    public ImmutableArray<string> Protocols { get; init; } = [];

    public SslProtocols Versions { get; init; } = TlsVersions.Default;

    public bool Equals(TlsClientSettings? other) =>
        other is not null
        && OwnIdentity == other.OwnIdentity
        && Certificate == other.Certificate
        && Key == other.Key
        && Trust == other.Trust
        && Authorities == other.Authorities
        && Revoked == other.Revoked
        && ServerName == other.ServerName
        && Versions == other.Versions
        && Names.SequenceEqual(other.Names)
        && Protocols.SequenceEqual(other.Protocols, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(OwnIdentity, Certificate, Trust, Authorities, ServerName, Names.Length, Versions);
}
