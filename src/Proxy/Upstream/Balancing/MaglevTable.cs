namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// The lookup table of "Maglev: A Fast and Reliable Software Network Load Balancer" (Eisenbud and others, NSDI 2016, 3.4), with weights as in
/// Envoy: each endpoint has a permutation of all entries and takes its first free one, in turns that come in proportion to its weight.
/// </summary>
internal sealed class MaglevTable : HashGroup
{
    private const int Free = -1;

    private readonly int[] _owners;

    public MaglevTable(int[] members, double[] weights, byte[][] keys, int size)
        : base(members, weights)
    {
        // One endpoint owns everything, and needs no table for it.
        size = members.Length == 1 ? 1 : size;
        _owners = new int[size];
        Array.Fill(_owners, Free);
        var largest = weights.Max();
        var order = Enumerable.Range(0, members.Length).ToArray();
        // In an order of their own: it must not matter where in the list an endpoint stands.
        Array.Sort(order, (a, b) => keys[a].AsSpan().SequenceCompareTo(keys[b]));
        var turns = Array.ConvertAll(order, i => new Turn(keys[i], members[i], weights[i] / largest, size));
        var left = size;
        while (true)
        {
            foreach (ref var turn in turns.AsSpan())
            {
                turn.Credit += turn.Weight;
                if (turn.Credit < 1)
                {
                    continue;
                }

                turn.Credit -= 1;
                var entry = turn.Next;
                while (_owners[entry] != Free)
                {
                    entry = turn.After(entry);
                }

                _owners[entry] = turn.Owner;
                turn.Next = turn.After(entry);
                if (--left == 0)
                {
                    return;
                }
            }
        }
    }

    public override int Entries => _owners.Length;

    public override int EntryOf(ulong hash) => (int)(hash % (ulong)_owners.Length);

    public override int OwnerOfEntry(int entry) => _owners[entry];

    private struct Turn
    {
        private readonly int _skip;
        private readonly int _size;

        public Turn(byte[] key, int owner, double weight, int size)
        {
            Owner = owner;
            Weight = weight;
            _size = size;
            Next = (int)(XxHash64.Of(key) % (ulong)size);
            _skip = size < 2 ? 0 : (int)(XxHash64.Of([.. key, (byte)'+']) % (ulong)(size - 1)) + 1;
        }

        public int Owner { get; }

        public double Weight { get; }

        public double Credit { get; set; }

        public int Next { get; set; }

        // Every entry comes up once, because the size is a prime.
        public readonly int After(int entry)
        {
            var next = entry + _skip;
            return next >= _size ? next - _size : next;
        }
    }
}
