using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mesh.ControlPlane.Delivery;
using Mesh.Xds;

namespace Mesh.ControlPlane.Identity;

/// <summary><c>/debug/authority</c>: what signs, what is trusted, and which connected proxies do not trust all of it yet. Nothing secret.</summary>
internal static class AuthorityPage
{
    public static JsonObject Write(CertificateAuthority authority, IReadOnlyList<ClientStatus> clients)
    {
        var state = authority.State;
        var behind = clients.Where(client => client.Identity.Length > 0 && !Holds(client, authority.BundleSince)).ToList();
        return new JsonObject
        {
            ["place"] = authority.Place,
            ["trustDomain"] = authority.TrustDomain,
            ["certificateLifetimeSeconds"] = (long)authority.Lifetime.TotalSeconds,
            ["signing"] = Describe(state.Signing.Certificate),
            ["roots"] = new JsonArray([.. authority.Bundle.Roots.Select(Describe)]),
            ["rootsSince"] = authority.BundleSince,
            ["openForSeconds"] = (long)authority.OpenFor.TotalSeconds,
            ["connected"] = clients.Count(client => client.Identity.Length > 0),
            ["behind"] = new JsonArray([.. behind.Select(client => (JsonNode)(client.Node?.Id ?? client.Peer))]),
        };
    }

    /// <summary>Every client is sent the roots anew when they change, so an answer from after the change is about them.</summary>
    private static bool Holds(ClientStatus client, DateTimeOffset since) =>
        client.Types.Any(type =>
            type.TypeUrl == TypeUrls.Secret && type.AckedAt >= since && type.SentAt >= since && type.State == "SYNCED"
        );

    private static JsonObject Describe(X509Certificate2 certificate) =>
        new()
        {
            ["subject"] = certificate.Subject,
            ["fingerprint"] = TrustBundle.Fingerprint(certificate),
            ["notBefore"] = certificate.NotBefore.ToUniversalTime(),
            ["notAfter"] = certificate.NotAfter.ToUniversalTime(),
        };
}
