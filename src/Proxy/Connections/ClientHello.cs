using System.Collections.Immutable;

namespace Mesh.Proxy.Connections;

/// <summary>What a TLS client says first, as far as routing needs it.</summary>
/// <param name="ServerName">In lower case; null where the client names none, or none that could be a name.</param>
/// <param name="Protocols">What it offers by ALPN, best first (RFC 7301); default for none.</param>
internal readonly record struct ClientHello(
    ClientHelloStatus Status,
    string? ServerName = null,
    ImmutableArray<string> Protocols = default
);
