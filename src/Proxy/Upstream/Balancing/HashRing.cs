using System.Numerics;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>The ring of a group's endpoints: those of the largest weight with all their points, others with fewer.</summary>
internal sealed class HashRing : HashGroup
{
    private readonly ulong[] _hashes;
    private readonly int[] _owners;

    // Where the points of each equal part of the circle begin; there are about as many parts as points.
    private readonly int[] _starts;
    private readonly int _shift;

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
        }
        else
        {
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

        var bits = Math.Max(1, BitOperations.Log2((uint)total));
        _shift = 64 - bits;
        _starts = new int[1 << bits];
        for (int part = 0, entry = 0; part < _starts.Length; part++)
        {
            while (entry < total && _hashes[entry] >> _shift < (ulong)part)
            {
                entry++;
            }

            _starts[part] = entry;
        }
    }

    public override int Entries => _hashes.Length;

    // Hashes are even, so that a step or two from the first point of its part leads to any (10 endpoints: 160 ns by halving, see bench/micro).
    public override int EntryOf(ulong hash)
    {
        var hashes = _hashes;
        var entry = _starts[hash >> _shift];
        while (entry < hashes.Length && hashes[entry] < hash)
        {
            entry++;
        }

        return entry == hashes.Length ? 0 : entry;
    }

    public override int OwnerOfEntry(int entry) => _owners[entry];
}
