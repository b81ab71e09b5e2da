using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Mesh.Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>One handshake's judgement of the peer's certificate, and why it was not believed.</summary>
/// <param name="anyone">Whoever signed it.</param>
/// <param name="names">One of which it must have; none for any.</param>
internal sealed class PeerCheck(bool anyone, ImmutableArray<NameRule> names)
{
    /// <summary>Judges instead of the runtime, and lets workloads alone through; null where the runtime judges.</summary>
    public MeshTrust? Trust { get; init; }

    /// <summary>The peer is a client.</summary>
    public bool IsServer { get; init; }

    /// <summary>What must answer for each certificate of the chain; none where nobody asks.</summary>
    public ImmutableArray<RevocationList> Revoked { get; init; } = [];

    public DateTimeOffset Now { get; init; }

    /// <summary>Null where nothing was wrong.</summary>
    public string? Problem { get; private set; }

    /// <summary>Who it is, where <see cref="Trust"/> judges and nothing was wrong.</summary>
    public PeerIdentity? Peer { get; private set; }

    /// <summary>The runtime's callback. What it thinks of the name does not count: it knows of no SPIFFE ids.</summary>
    public bool Verify(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Problem = Judge(certificate as X509Certificate2, chain, errors);
        return Problem is null;
    }

    /// <summary>Whether one of the rules allows one of the certificate's names.</summary>
    public static bool Matches(X509Certificate2 certificate, ImmutableArray<NameRule> names)
    {
        foreach (var (kind, name) in NamesOf(certificate))
        {
            foreach (var rule in names)
            {
                if (rule.Allows(kind, name))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private string? Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return "PEER_DID_NOT_RETURN_A_CERTIFICATE";
        }

        if (Trust?.Judge(certificate, chain?.ChainPolicy.ExtraStore, server: !IsServer, Now) is { } doubt)
        {
            return $"CERTIFICATE_VERIFY_FAILED:{doubt}";
        }

        if (Trust is null && !anyone && errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            var reasons = chain
                ?.ChainStatus.Where(status => status.Status != X509ChainStatusFlags.NoError)
                .Select(status => status.Status.ToString());
            return $"CERTIFICATE_VERIFY_FAILED:{string.Join('+', reasons ?? [])}";
        }

        if (!anyone && !Revoked.IsEmpty && RevocationLists.Judge(Revoked, chain!.ChainElements, Now) is { } revoked)
        {
            return $"CERTIFICATE_VERIFY_FAILED:{revoked}";
        }

        try
        {
            return Trust is not null && (Peer = PeerIdentity.Of(certificate)) is null
                    ? "CERTIFICATE_VERIFY_FAILED:it is no workload's, which has exactly one SPIFFE id and vouches for nobody"
                : names.IsEmpty || Matches(certificate, names) ? null
                : $"CERTIFICATE_VERIFY_FAILED:verify SAN list: the certificate is for {Shown(certificate)}, not for {string.Join(" or ", names.Select(name => name.Text))}";
        }
        catch (AsnContentException)
        {
            return "CERTIFICATE_VERIFY_FAILED:its names cannot be read";
        }
    }

    private static string Shown(X509Certificate2 certificate)
    {
        var names = NamesOf(certificate).Select(entry => entry.Name).ToArray();
        return names.Length == 0 ? "nobody" : string.Join(", ", names.Take(4));
    }

    private static IEnumerable<(NameKind Kind, string Name)> NamesOf(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            foreach (var uri in SubjectAlternativeUris.In(extension.RawData))
            {
                yield return (NameKind.Uri, uri);
            }

            foreach (var name in extension.EnumerateDnsNames())
            {
                yield return (NameKind.Dns, name);
            }

            foreach (var address in extension.EnumerateIPAddresses())
            {
                yield return (NameKind.Address, address.ToString());
            }
        }
    }
}
