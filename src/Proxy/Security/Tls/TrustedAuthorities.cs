using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>The authorities of a PEM text, read again when their file has changed.</summary>
internal sealed class TrustedAuthorities(PemSource source)
{
    private readonly Lock _gate = new();
    private X509Certificate2Collection? _loaded;
    private DateTime _version;

    /// <exception cref="TlsException">They cannot be read, or there are none.</exception>
    public X509ChainPolicy Policy(TimeProvider time)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = time.GetUtcNow().UtcDateTime,
        };
        policy.CustomTrustStore.AddRange(Load());
        return policy;
    }

    private X509Certificate2Collection Load()
    {
        lock (_gate)
        {
            var version = source.Version;
            if (_loaded is not null && version == _version)
            {
                return _loaded;
            }

            try
            {
                var loaded = new X509Certificate2Collection();
                loaded.ImportFromPem(source.Read());
                if (loaded.Count == 0)
                {
                    throw new TlsException($"caCertificates: there is no certificate in {source}", null);
                }

                (_loaded, _version) = (loaded, version);
                return loaded;
            }
            catch (Exception error) when (error is not TlsException && TlsFailures.IsOne(error))
            {
                throw new TlsException($"caCertificates: {source} cannot be read: {error.Message}", error);
            }
        }
    }
}
