using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>A certificate with its key from PEM texts, read again when one of their files has changed; connections that are open keep theirs.</summary>
internal sealed class ShownCertificate(PemSource certificate, PemSource key)
{
    private readonly Lock _gate = new();
    private SslStreamCertificateContext? _loaded;
    private (DateTime, DateTime) _version;

    /// <exception cref="TlsException">They cannot be read, or do not fit together.</exception>
    public SslStreamCertificateContext Load()
    {
        lock (_gate)
        {
            var version = (certificate.Version, key.Version);
            if (_loaded is not null && version == _version)
            {
                return _loaded;
            }

            try
            {
                var chain = certificate.Read();
                var leaf = X509Certificate2.CreateFromPem(chain, key.Read());
                var all = new X509Certificate2Collection();
                all.ImportFromPem(chain);
                all.RemoveAt(0);
                (_loaded, _version) = (SslStreamCertificateContext.Create(leaf, all, offline: true), version);
                return _loaded;
            }
            catch (Exception error) when (TlsFailures.IsOne(error))
            {
                // The key's file may hold other secrets: its content is in no message.
                throw new TlsException($"clientCertificate: {certificate} with {key} cannot be used: {error.Message}", error);
            }
        }
    }
}
