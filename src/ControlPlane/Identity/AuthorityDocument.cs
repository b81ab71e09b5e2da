using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mesh.ControlPlane.Identity;

/// <summary>Pure: an authority of our own as one JSON document, so that a store replaces certificate, key and rotation in one step.</summary>
internal static class AuthorityDocument
{
    private const int Format = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static byte[] Write(AuthorityState state) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new Document(
                Format,
                Key(state.Signing),
                state.Next is null ? null : Key(state.Next),
                state.Next is null ? null : state.AnnouncedAt,
                [.. state.Retired.Select(r => new Old(r.Root.ExportCertificatePem(), r.LastExpiry))],
                (long)state.LongestLifetime.TotalSeconds
            ),
            Options
        );

    /// <exception cref="FormatException">It is no such document. The message has nothing of its content.</exception>
    public static AuthorityState Read(ReadOnlySpan<byte> json)
    {
        Document? document;
        try
        {
            document = JsonSerializer.Deserialize<Document>(json, Options);
        }
        catch (JsonException e)
        {
            throw new FormatException($"line {e.LineNumber + 1} is not what this program writes");
        }

        if (document is not { Format: Format, Signing: not null, Retired: not null })
        {
            throw new FormatException($"it is not of format {Format}, the one this program reads");
        }

        try
        {
            return new()
            {
                Signing = Key(document.Signing),
                Next = document.Next is null ? null : Key(document.Next),
                AnnouncedAt = document.AnnouncedAt ?? default,
                Retired = [.. document.Retired.Select(r => new RetiredRoot(X509Certificate2.CreateFromPem(r.Certificate), r.LastExpiry))],
                LongestLifetime = TimeSpan.FromSeconds(document.LongestLifetimeSeconds),
            };
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new FormatException("a certificate or key in it cannot be read, or they do not belong together");
        }
    }

    private static Pair Key(SigningKey key)
    {
        using var ecdsa = key.Certificate.GetECDsaPrivateKey() ?? throw new InvalidOperationException("own roots have ECDSA keys");
        return new(key.Certificate.ExportCertificatePem(), ecdsa.ExportPkcs8PrivateKeyPem());
    }

    private static SigningKey Key(Pair pair) => SigningKey.OfRoot(X509Certificate2.CreateFromPem(pair.Certificate, pair.Key));

    private sealed record Document(
        int Format,
        Pair? Signing,
        Pair? Next,
        DateTimeOffset? AnnouncedAt,
        Old[]? Retired,
        long LongestLifetimeSeconds
    );

    private sealed record Pair(string Certificate, string Key);

    private sealed record Old(string Certificate, DateTimeOffset LastExpiry);
}
