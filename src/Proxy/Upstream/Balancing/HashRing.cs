namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>The ring of a group's endpoints: those of the largest weight with all their points, others with fewer.</summary>
internal sealed class HashRing : HashGroup
{
    private readonly ulong[] _hashes;
    private readonly int[] _owners;

    public HashRing(int[] members, double[] weights, RingPoints points)
        : base(members, weights)
    {
        var counts = new Dictionary<int, int>(members.Length);
        var largest = weights.Max();
        for (var i = 0; i < members.Length; i++)
        {
            counts[members[i]] = (int)Math.Max(1, Math.Round(points.Each * weights[i] / largest));
        }

        var total = counts.Values.Sum();
        if (total == points.Hashes.Length)
        {
            (_hashes, _owners) = (points.Hashes, points.Owners);
            return;
        }

        (_hashes, _owners) = (new ulong[total], new int[total]);
        var next = 0;
        for (var i = 0; i < points.Hashes.Length; i++)
        {
            if (points.Ordinals[i] < counts.GetValueOrDefault(points.Owners[i]))
            {
                (_hashes[next], _owners[next]) = (points.Hashes[i], points.Owners[i]);
                next++;
            }
        }
    }

    public override int Entries => _hashes.Length;

    public override int EntryOf(ulong hash)
    {
        var (low, high) = (0, _hashes.Length);
        while (low < high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            if (_hashes[middle] < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == _hashes.Length ? 0 : low;
    }

    public override int OwnerOfEntry(int entry) => _owners[entry];
}
