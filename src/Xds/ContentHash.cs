using System.Security.Cryptography;
using System.Text;

namespace Mesh.Xds;

/// <summary>Versions: the first 64 bits of SHA-256 as 16 hex digits, so that equal bytes have equal versions in every process.</summary>
public static class ContentHash
{
    /// <summary>Version of some bytes.</summary>
    public static string Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        return VersionOf(hash);
    }

    /// <summary>Version of what has this SHA-256.</summary>
    public static string VersionOf(ReadOnlySpan<byte> sha256) => Convert.ToHexStringLower(sha256[..8]);

    /// <summary>Version of a text.</summary>
    public static string Of(string content) => Of(Encoding.UTF8.GetBytes(content));

    /// <summary>Version of resources in the order given; the caller sorts.</summary>
    internal static string Of(ReadOnlySpan<XdsResource> sorted)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        foreach (var resource in sorted)
        {
            // NUL separates: it occurs in neither names nor versions, so "ab"+"c" is not "a"+"bc".
            hash.AppendData(Encoding.UTF8.GetBytes(resource.Name + "\0" + resource.Version + "\0"));
        }
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest[..8]);
    }
}
