using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>
/// Judges peers by a set of roots, and remembers whom it believed as long as all of the chain is valid: peers come back with every connection, and those
/// who resume a session show nothing but their own certificate. Bounded; safe for concurrent use.
/// </summary>
/// <remarks>Building the chain was a fifth of a handshake, and looking a peer up takes a few microseconds (bench/BASELINE.md).</remarks>
internal sealed class MeshTrust(ImmutableArray<X509Certificate2> roots, ImmutableArray<X509Certificate2> intermediates)
{
    private const int Most = 4096;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    private readonly ConcurrentDictionary<(string Hash, bool Server), (DateTime From, DateTime Until)> _believed = new();

    /// <summary>
    /// For the runtime, which builds a chain in every handshake whoever judges it: one that trusts nobody ends before it verifies a signature.
    /// </summary>
    public static X509ChainPolicy Nobody() =>
        new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };

    /// <summary>Null where the certificate is good at this time; else why it is not.</summary>
    /// <param name="shown">What the peer sent behind it.</param>
    /// <param name="server">It is to be a server's; else a client's.</param>
    public string? Judge(X509Certificate2 certificate, X509Certificate2Collection? shown, bool server, DateTimeOffset now)
    {
        var key = (Convert.ToHexString(SHA256.HashData(certificate.RawDataMemory.Span)), server);
        var time = now.UtcDateTime;
        if (_believed.TryGetValue(key, out var valid))
        {
            return valid.From <= time && time <= valid.Until ? null : nameof(X509ChainStatusFlags.NotTimeValid);
        }

        using var chain = new X509Chain { ChainPolicy = Nobody() };
        chain.ChainPolicy.VerificationTime = time;
        chain.ChainPolicy.ApplicationPolicy.Add(server ? ServerAuthentication : ClientAuthentication);
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(intermediates.ToArray());
        if (shown is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(shown);
        }

        if (!chain.Build(certificate))
        {
            return string.Join('+', chain.ChainStatus.Select(status => status.Status));
        }

        if (_believed.Count >= Most)
        {
            Forget(time);
        }

        _believed[key] = (
            chain.ChainElements.Max(element => element.Certificate.NotBefore.ToUniversalTime()),
            chain.ChainElements.Min(element => element.Certificate.NotAfter.ToUniversalTime())
        );
        return null;
    }

    private void Forget(DateTime time)
    {
        foreach (var (key, valid) in _believed)
        {
            if (valid.Until < time)
            {
                _believed.TryRemove(key, out _);
            }
        }

        // More peers than any proxy has: all of them show all that they have when they come anew.
        if (_believed.Count >= Most)
        {
            _believed.Clear();
        }
    }
}
