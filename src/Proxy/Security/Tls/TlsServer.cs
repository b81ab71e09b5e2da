using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>Ends mutual TLS: shows who this proxy is now, and finds out who the client is.</summary>
internal sealed class TlsServer(TlsServerSettings settings, IdentityStore identity, TimeProvider time)
{
    /// <summary>What peers are shown now, as metrics write principals; null before there is an identity.</summary>
    public string? OwnPrincipal => identity.Current?.Identity.Uri;

    /// <summary>Whether a client that was believed once would be now, by its name: trust domains may be withdrawn. Allocates nothing.</summary>
    public bool Believes(PeerIdentity peer)
    {
        foreach (var rule in settings.Names)
        {
            // Who was believed by another kind of name is not asked again.
            if (rule.Kind != NameKind.Uri || rule.Allows(NameKind.Uri, peer.Uri))
            {
                return true;
            }
        }

        return settings.Names.IsEmpty;
    }

    /// <summary>Shakes hands over <paramref name="inner"/>, which the result owns; where it fails, the caller still does.</summary>
    /// <param name="offered">By ALPN, as the client's hello said.</param>
    /// <exception cref="TlsException">The client was not believed, did not believe us, or has no identity.</exception>
    public async ValueTask<(SslStream Stream, PeerIdentity Peer)> AuthenticateAsync(
        Stream inner,
        ImmutableArray<string> offered,
        CancellationToken cancellation
    )
    {
        var current = identity.Current ?? throw new TlsException(TlsException.NoIdentity, null);
        var check = new PeerCheck(anyone: false, settings.Names)
        {
            Trust = current.Trust,
            IsServer = true,
            Now = current.TimeOfMesh(time.GetUtcNow()),
        };
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = current.Context,
                    EnabledSslProtocols = settings.Versions,
                    AllowRenegotiation = false,
                    ClientCertificateRequired = true,
                    ApplicationProtocols = Answer(offered),
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    CertificateChainPolicy = MeshTrust.Nobody(),
                    RemoteCertificateValidationCallback = check.Verify,
                },
                cancellation
            );
            return (stream, check.Peer ?? throw new TlsException("the client's certificate was not judged", null));
        }
        catch (Exception error) when (error is not TlsException && TlsFailures.IsOne(error))
        {
            throw TlsFailures.Of(error, check);
        }
    }

    // Where nothing fits, no protocol is agreed on (RFC 7301 would have the connection end; Envoy and Istio's clients go on).
    private List<SslApplicationProtocol>? Answer(ImmutableArray<string> offered)
    {
        foreach (var protocol in settings.Protocols)
        {
            if (offered.Contains(protocol, StringComparer.Ordinal))
            {
                return [new SslApplicationProtocol(protocol)];
            }
        }

        var mesh = offered.FirstOrDefault(protocol => MeshAlpn.IsMesh(protocol) && protocol != MeshAlpn.PeerExchange);
        return mesh is null ? null : [new SslApplicationProtocol(mesh)];
    }
}
