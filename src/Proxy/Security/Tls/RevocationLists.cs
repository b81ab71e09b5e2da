using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mesh.Proxy.Security.Tls;

/// <summary>The revocation lists of a PEM text, read again when their file has changed.</summary>
internal sealed class RevocationLists(PemSource source)
{
    private const string Label = "X509 CRL";

    private readonly Lock _gate = new();
    private ImmutableArray<RevocationList> _loaded = [];
    private DateTime _version;

    /// <exception cref="TlsException">They cannot be read, or there are none.</exception>
    public ImmutableArray<RevocationList> Load()
    {
        lock (_gate)
        {
            var version = source.Version;
            if (!_loaded.IsEmpty && version == _version)
            {
                return _loaded;
            }

            try
            {
                var loaded = Read(source.Read());
                if (loaded.IsEmpty)
                {
                    throw new TlsException($"caCrl: there is no revocation list in {source}", null);
                }

                (_loaded, _version) = (loaded, version);
                return loaded;
            }
            catch (Exception error) when (error is not TlsException && TlsFailures.IsOne(error))
            {
                throw new TlsException($"caCrl: {source} cannot be used: {error.Message}", error);
            }
        }
    }

    /// <summary>
    /// Null where every certificate of a chain is answered for by a list of its issuer, as Envoy's <c>crl</c> demands; else what is wrong.
    /// </summary>
    public static string? Judge(ImmutableArray<RevocationList> lists, X509ChainElementCollection chain, DateTimeOffset now)
    {
        for (var i = 0; i + 1 < chain.Count; i++)
        {
            var (certificate, issuer) = (chain[i].Certificate, chain[i + 1].Certificate);
            var answered = false;
            foreach (var list in lists)
            {
                if (!list.IsOf(issuer) || !list.IsSignedBy(issuer))
                {
                    continue;
                }

                if (list.NextUpdate <= now)
                {
                    return $"the revocation list of {issuer.Subject} ended at {list.NextUpdate:u}";
                }

                if (list.Revokes(certificate))
                {
                    return $"certificate {certificate.SerialNumber} of {issuer.Subject} is revoked";
                }

                answered = true;
            }

            if (!answered)
            {
                return $"caCrl has no revocation list of {issuer.Subject}";
            }
        }

        return null;
    }

    private static ImmutableArray<RevocationList> Read(ReadOnlySpan<char> pem)
    {
        var found = ImmutableArray.CreateBuilder<RevocationList>();
        while (PemEncoding.TryFind(pem, out var fields))
        {
            if (pem[fields.Label].SequenceEqual(Label))
            {
                found.Add(RevocationList.Read(Convert.FromBase64String(pem[fields.Base64Data].ToString())));
            }

            pem = pem[fields.Location.End..];
        }

        return found.ToImmutable();
    }
}
