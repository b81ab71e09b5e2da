using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Mesh.Kubernetes.Webhooks;

/// <summary>
/// What the replicas of a webhook share in one Secret, and what becomes of it with time: the certificate that they serve, the authority that
/// signed it, the one that will sign next, trusted ahead of that, and the one before, trusted until it ends. Pure: told the time.
/// </summary>
/// <param name="Authority">Signs; <c>ca.crt</c> and <c>ca.key</c>.</param>
/// <param name="Next">Will sign; <c>ca-next.crt</c> and <c>ca-next.key</c>.</param>
/// <param name="Before">PEM of the authority that signed before; <c>ca-before.crt</c>.</param>
/// <param name="Server">What is served; <c>tls.crt</c> and <c>tls.key</c>.</param>
internal sealed record ServingSecret(CertificatePair Authority, CertificatePair? Next, string? Before, CertificatePair Server)
{
    /// <summary>An authority's life.</summary>
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3 * 365);

    /// <summary>A server certificate's life; renewed after two thirds of it.</summary>
    public static readonly TimeSpan ServerLife = TimeSpan.FromDays(90);

    // So long API servers have had the next authority before it signs.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    /// <summary>Authorities to trust, PEM.</summary>
    public string AuthorityPem => Authority.Certificate + Next?.Certificate + Before;

    /// <summary>The first state.</summary>
    public static ServingSecret Create(IReadOnlyList<string> names, DateTimeOffset now)
    {
        var authority = CertificatePair.Authority(now, AuthorityLife);
        return new(authority, null, null, authority.Issue(names, now, ServerLife));
    }

    /// <summary>What the Secret should be now; this itself where nothing is due.</summary>
    public ServingSecret Renew(IReadOnlyList<string> names, DateTimeOffset now)
    {
        using var authority = Authority.ReadCertificate();
        using var server = Server.ReadCertificate();
        var renewed = this;
        if (Before is not null && HasEnded(Before, now))
        {
            renewed = renewed with { Before = null };
        }

        if (Next is null && IsOld(authority, now))
        {
            renewed = renewed with { Next = CertificatePair.Authority(now, AuthorityLife) };
        }

        if (!IsOld(server, now) && Covers(server, names))
        {
            return renewed;
        }

        if (renewed.Next is { } next && (HasEnded(Authority.Certificate, now) || IsTrustedLongEnough(next, now)))
        {
            renewed = renewed with { Authority = next, Next = null, Before = Authority.Certificate };
        }

        return renewed with
        {
            Server = renewed.Authority.Issue(names, now, ServerLife),
        };
    }

    /// <summary>Null where the Secret holds none, or none that can be read: it is made anew.</summary>
    public static ServingSecret? Read(KubernetesObject secret)
    {
        try
        {
            using var json = JsonDocument.Parse(secret.Json);
            if (!json.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (Pair(data, "ca") is not { } authority || Pair(data, "tls") is not { } server)
            {
                return null;
            }

            using var signer = authority.ReadWithKey();
            using var served = server.ReadWithKey();
            var next = Pair(data, "ca-next");
            next?.ReadWithKey().Dispose();
            return new(authority, next, Text(data, "ca-before.crt"), server);
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The Secret as JSON.</summary>
    /// <param name="resourceVersion">What it replaces; null where there is none.</param>
    public byte[] Write(string ns, string name, string? resourceVersion)
    {
        var data = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Put(data, "ca", Authority);
        Put(data, "ca-next", Next);
        Put(data, "tls", Server);
        if (Before is not null)
        {
            data["ca-before.crt"] = Base64(Before);
        }

        var metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["name"] = name, ["namespace"] = ns };
        if (resourceVersion is not null)
        {
            metadata["resourceVersion"] = resourceVersion;
        }

        return JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                apiVersion = "v1",
                kind = "Secret",
                type = "kubernetes.io/tls",
                metadata,
                data,
            }
        );
    }

    private static bool IsOld(X509Certificate2 certificate, DateTimeOffset now)
    {
        var (start, end) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        return now.UtcDateTime >= start + ((end - start) * 2 / 3);
    }

    private static bool IsTrustedLongEnough(CertificatePair next, DateTimeOffset now)
    {
        using var certificate = next.ReadCertificate();
        return now.UtcDateTime >= certificate.NotBefore.ToUniversalTime() + Ahead;
    }

    private static bool HasEnded(string pem, DateTimeOffset now)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        return now.UtcDateTime >= certificate.NotAfter.ToUniversalTime();
    }

    // CreateFromPem reads the first certificate; a name that was added later needs a new one.
    private static bool Covers(X509Certificate2 server, IReadOnlyList<string> names) =>
        names.All(name => server.MatchesHostname(name, allowWildcards: false, allowCommonName: false));

    private static CertificatePair? Pair(JsonElement data, string name) =>
        Text(data, name + ".crt") is { } certificate && Text(data, name + ".key") is { } key ? new(certificate, key) : null;

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetString(Convert.FromBase64String(value.GetString()!))
            : null;

    private static void Put(SortedDictionary<string, string> data, string name, CertificatePair? pair)
    {
        if (pair is not null)
        {
            data[name + ".crt"] = Base64(pair.Certificate);
            data[name + ".key"] = Base64(pair.Key);
        }
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
