namespace Mesh.Proxy.Security.Tls;

/// <summary>Who the ends of an encrypted connection to an endpoint are, as SPIFFE ids, interned: metrics compare them by reference.</summary>
/// <param name="Own">Null where this proxy showed no certificate of the mesh.</param>
/// <param name="Peer">Null where the endpoint's certificate names none.</param>
internal sealed record TlsPrincipals(string? Own, string? Peer);
