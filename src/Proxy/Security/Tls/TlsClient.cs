using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>
/// Encrypts connections to endpoints with one <see cref="TlsClientSettings"/>. Who this proxy is, and files, are looked up by each handshake: a renewed
/// certificate needs no new configuration and touches no open connection. Equal by settings.
/// </summary>
internal sealed class TlsClient(TlsClientSettings settings, IdentityStore? identity, TimeProvider time) : IEquatable<TlsClient>
{
    private static int _count;

    private readonly TrustedAuthorities? _authorities = settings.Authorities is { } source ? new(source) : null;
    private readonly RevocationLists? _revoked = settings.Revoked is { } revoked ? new(revoked) : null;
    private readonly ShownCertificate? _shown = settings is { Certificate: { } certificate, Key: { } key } ? new(certificate, key) : null;
    private readonly List<SslApplicationProtocol>?[] _protocols =
    [
        Protocols(settings, TlsUse.Tcp),
        Protocols(settings, TlsUse.Http1),
        Protocols(settings, TlsUse.Http2),
    ];

    public TlsClientSettings Settings => settings;

    /// <summary>Tells its connections from others' where only a name can.</summary>
    public string Name { get; } = "tls" + Interlocked.Increment(ref _count);

    /// <summary>Shakes hands over <paramref name="inner"/>, which the result owns; where it fails, the caller still does.</summary>
    /// <exception cref="TlsException">The peer was not believed, did not believe us, or speaks no TLS.</exception>
    public async ValueTask<SslStream> AuthenticateAsync(Stream inner, TlsUse use, CancellationToken cancellation)
    {
        var current = identity?.Current;
        if (current is null && (settings.OwnIdentity || settings.Trust == TrustKind.Mesh))
        {
            throw new TlsException(TlsException.NoIdentity, null);
        }

        var now = time.GetUtcNow();
        var check = new PeerCheck(settings.Trust == TrustKind.Anyone, settings.Names)
        {
            Trust = settings.Trust == TrustKind.Mesh ? current!.Trust : null,
            Revoked = _revoked?.Load() ?? [],
            Now = settings.Trust == TrustKind.Mesh ? current!.TimeOfMesh(now) : now,
        };
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        try
        {
            var options = new SslClientAuthenticationOptions
            {
                TargetHost = settings.ServerName,
                EnabledSslProtocols = settings.Versions,
                AllowRenegotiation = false,
                ApplicationProtocols = _protocols[(int)use],
                CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                ClientCertificateContext = settings.OwnIdentity ? current!.Context : _shown?.Load(),
                CertificateChainPolicy = settings.Trust switch
                {
                    TrustKind.Mesh => MeshTrust.Nobody(),
                    TrustKind.Authorities => _authorities!.Policy(time),
                    TrustKind.Anyone => MeshTrust.Nobody(),
                    // What a server says is missing in its chain must not have us fetch it from wherever it likes.
                    _ => new() { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true },
                },
                RemoteCertificateValidationCallback = check.Verify,
            };
            await stream.AuthenticateAsClientAsync(options, cancellation);
            return stream;
        }
        catch (Exception error) when (error is not TlsException && TlsFailures.IsOne(error))
        {
            throw TlsFailures.Of(error, check);
        }
    }

    /// <summary>Who both ends of a connection of ours are.</summary>
    public TlsPrincipals PrincipalsOf(SslStream stream) =>
        new(
            settings.OwnIdentity && identity?.Current is { } current ? string.Intern(current.Identity.Uri) : null,
            settings.Trust == TrustKind.Mesh ? Peer(stream.RemoteCertificate as X509Certificate2) : null
        );

    public bool Equals(TlsClient? other) => ReferenceEquals(this, other) || (other is not null && Settings.Equals(other.Settings));

    public override bool Equals(object? obj) => Equals(obj as TlsClient);

    public override int GetHashCode() => settings.GetHashCode();

    // As many as the mesh has identities.
    private static string? Peer(X509Certificate2? certificate)
    {
        try
        {
            return certificate is not null && PeerIdentity.Of(certificate) is { } peer ? string.Intern(peer.Uri) : null;
        }
        catch (System.Formats.Asn1.AsnContentException)
        {
            return null;
        }
    }

    private static List<SslApplicationProtocol>? Protocols(TlsClientSettings settings, TlsUse use)
    {
        IEnumerable<string> names =
            settings.Protocols.Any(MeshAlpn.IsMesh) ? MeshAlpn.Offered(use)
            : use == TlsUse.Http2 ? ["h2", .. settings.Protocols.Where(name => name != "h2")]
            // Who does not speak HTTP/2 must not be taken at his word.
            : settings.Protocols.Where(name => name != "h2");
        var list = MeshAlpn.ToList(names);
        return list.Count == 0 ? null : list;
    }
}
