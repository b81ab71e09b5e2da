using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mesh.ControlPlane.Identity;

/// <summary>Reads an authority that somebody else made, in Istio's four files: <c>ca-cert.pem</c>, <c>ca-key.pem</c>, <c>root-cert.pem</c>, <c>cert-chain.pem</c>.</summary>
internal static class GivenAuthority
{
    private const string CertificateFile = "ca-cert.pem";
    private const string KeyFile = "ca-key.pem";
    private const string ChainFile = "cert-chain.pem";

    public static bool Exists(string directory) => File.Exists(Path.Combine(directory, CertificateFile));

    /// <exception cref="IdentityException">With everything that is wrong with the files.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<StoredAuthority> ReadAsync(string directory, CancellationToken cancellation)
    {
        var problems = new List<string>();
        var version = new StringBuilder();
        var certificate = Certificates(await TextAsync(CertificateFile, required: true), CertificateFile);
        var key = await TextAsync(KeyFile, required: true);
        var roots = Certificates(
            await TextAsync(DirectoryAuthorityStore.RootsFileName, required: true),
            DirectoryAuthorityStore.RootsFileName
        );
        var chain = Certificates(await TextAsync(ChainFile, required: false), ChainFile);
        if (problems.Count == 0)
        {
            var state = Assemble(certificate[0], key, chain, roots, problems);
            if (state is not null && problems.Count == 0)
            {
                return new(state, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(version.ToString()))));
            }
        }

        throw new IdentityException($"The authority in {directory} cannot be used: {string.Join("; ", problems)}");

        async Task<string> TextAsync(string name, bool required)
        {
            var path = Path.Combine(directory, name);
            if (!File.Exists(path))
            {
                if (required)
                {
                    problems.Add($"{name} is missing; put it beside {CertificateFile}");
                }

                return "";
            }

            var text = await File.ReadAllTextAsync(path, cancellation);
            version.Append(name).Append('\n').Append(text).Append('\n');
            return text;
        }

        ImmutableArray<X509Certificate2> Certificates(string pem, string name)
        {
            var found = new X509Certificate2Collection();
            try
            {
                found.ImportFromPem(pem);
            }
            catch (CryptographicException)
            {
                problems.Add($"{name} holds something that is no certificate");
            }

            if (found.Count == 0 && pem.Length > 0)
            {
                problems.Add($"{name} holds no certificate in PEM");
            }

            return [.. found];
        }
    }

    private static AuthorityState? Assemble(
        X509Certificate2 certificate,
        string key,
        ImmutableArray<X509Certificate2> chain,
        ImmutableArray<X509Certificate2> roots,
        List<string> problems
    )
    {
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true })
        {
            problems.Add($"{CertificateFile} may not sign: it has no basic constraints CA:TRUE");
        }

        X509Certificate2 signing;
        try
        {
            signing = X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            problems.Add($"{KeyFile} is not the unencrypted PEM key, ECDSA or RSA, of {CertificateFile}");
            return null;
        }

        if (roots.Any(root => root.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span)))
        {
            return new() { Signing = new(signing, [], certificate), GivenRoots = roots };
        }

        using var built = new X509Chain();
        built.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        built.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        built.ChainPolicy.DisableCertificateDownloads = true;
        built.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid; // said below, with the date
        built.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        built.ChainPolicy.ExtraStore.AddRange(chain.ToArray());
        if (!built.Build(certificate))
        {
            problems.Add($"{CertificateFile} does not chain over {ChainFile} to a root in {DirectoryAuthorityStore.RootsFileName}");
            return null;
        }

        var path = built.ChainElements.Select(element => element.Certificate).ToImmutableArray();
        return new() { Signing = new(signing, path[..^1], path[^1]), GivenRoots = roots };
    }
}
