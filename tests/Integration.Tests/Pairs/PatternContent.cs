using System.Net;
using System.Security.Cryptography;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>A large body that is made while it is sent; with its length declared or not.</summary>
internal sealed class PatternContent(long size, bool declared) : HttpContent
{
    public static string Sha256(long size)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in Parts(size))
        {
            hash.AppendData(part.Span);
        }

        return Convert.ToHexString(hash.GetCurrentHash());
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        foreach (var part in Parts(size))
        {
            await stream.WriteAsync(part);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = size;
        return declared;
    }

    // One buffer, filled anew for each part.
    private static IEnumerable<ReadOnlyMemory<byte>> Parts(long size)
    {
        var buffer = new byte[64 * 1024];
        for (long offset = 0; offset < size; offset += buffer.Length)
        {
            var part = buffer.AsMemory(0, (int)Math.Min(buffer.Length, size - offset));
            PairUpstream.Fill(part.Span, offset);
            yield return part;
        }
    }
}
