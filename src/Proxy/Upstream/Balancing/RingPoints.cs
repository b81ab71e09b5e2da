using System.Buffers.Text;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>All points that a cluster's endpoints can have, in the order of the ring; rings of those in use are made from it by leaving out.</summary>
/// <param name="Hashes">Ascending.</param>
/// <param name="Owners">Endpoint index of each.</param>
/// <param name="Ordinals">Which of its owner's points each is: an endpoint of half the weight has the first half of them.</param>
/// <param name="Each">Points of one endpoint.</param>
internal sealed record RingPoints(ulong[] Hashes, int[] Owners, int[] Ordinals, int Each)
{
    public static RingPoints Of(byte[][] keys, int each)
    {
        var points = new (ulong Hash, int Owner, int Ordinal)[keys.Length * each];
        Span<byte> text = stackalloc byte[128];
        for (var owner = 0; owner < keys.Length; owner++)
        {
            keys[owner].CopyTo(text);
            text[keys[owner].Length] = (byte)'_';
            for (var ordinal = 0; ordinal < each; ordinal++)
            {
                Utf8Formatter.TryFormat(ordinal, text[(keys[owner].Length + 1)..], out var digits);
                points[(owner * each) + ordinal] = (XxHash64.Of(text[..(keys[owner].Length + 1 + digits)]), owner, ordinal);
            }
        }

        Array.Sort(points);
        return new RingPoints(
            Array.ConvertAll(points, point => point.Hash),
            Array.ConvertAll(points, point => point.Owner),
            Array.ConvertAll(points, point => point.Ordinal),
            each
        );
    }
}
