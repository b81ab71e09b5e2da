namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// Weights as parts of the 32-bit circle: a point on it belongs to one index, a point chosen evenly to each in proportion to its weight.
/// Weight 0 has no part.
/// </summary>
internal sealed class ShareTable
{
    /// <summary>Steps of this size visit the circle as evenly as any can: 2^32 over the golden ratio, odd.</summary>
    private const uint GoldenStep = 0x9E3779B9;

    private const int Scanned = 8;

    // _starts[i] is where the part of _indexes[i] begins; the first begins at 0.
    private readonly uint[] _starts;
    private readonly int[] _indexes;

    public ShareTable(IEnumerable<uint> weights)
    {
        var parts = weights.Select((weight, index) => (weight, index)).Where(part => part.weight > 0).ToArray();
        var total = parts.Aggregate(UInt128.Zero, (sum, part) => sum + part.weight);
        _starts = new uint[parts.Length];
        _indexes = new int[parts.Length];
        var before = UInt128.Zero;
        for (var i = 0; i < parts.Length; i++)
        {
            _starts[i] = (uint)((before << 32) / total);
            _indexes[i] = parts[i].index;
            before += parts[i].weight;
        }

        AreEqual = parts.All(part => part.weight == parts[0].weight);
    }

    /// <summary>How many have a weight above 0.</summary>
    public int Count => _indexes.Length;

    /// <summary>Whether all those have the same weight.</summary>
    public bool AreEqual { get; }

    /// <summary>
    /// The golden-ratio sequence: of any 100 consecutive positions each index gets its share within 2 (integer per cents), of every second or
    /// third position taken alone within 4. <see cref="Count"/> must not be 0.
    /// </summary>
    public int Smooth(uint position) => At(position * GoldenStep);

    /// <summary>The index to which a point of the circle belongs. <see cref="Count"/> must not be 0.</summary>
    public int At(uint point)
    {
        var starts = _starts;
        if (AreEqual)
        {
            // Starts are rounded down: the point may be the first of the next part. With a search least request of 10 takes 79 ns instead of 41 (bench/micro, Pick).
            var part = (int)(((ulong)point * (uint)starts.Length) >> 32);
            return _indexes[part + 1 < starts.Length && starts[part + 1] <= point ? part + 1 : part];
        }

        if (starts.Length <= Scanned)
        {
            var i = starts.Length - 1;
            while (starts[i] > point)
            {
                i--;
            }

            return _indexes[i];
        }

        var found = Array.BinarySearch(starts, point);
        if (found < 0)
        {
            return _indexes[~found - 1];
        }

        // Parts too small for the circle share a start with their neighbour; the last of them is the one that is not empty.
        while (found + 1 < starts.Length && starts[found + 1] == point)
        {
            found++;
        }

        return _indexes[found];
    }
}
