namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>Endpoints among which a balancer chooses freely: those of one priority, or of one locality in it. Never empty.</summary>
internal class PickGroup
{
    // Weights that are no whole numbers get this many steps.
    private const double Steps = 1 << 20;

    private readonly int[] _members;
    private readonly uint[] _weights;
    private uint _sequence;

    /// <param name="members">Indexes into the cluster's endpoints.</param>
    /// <param name="weights">Of each, above zero.</param>
    public PickGroup(int[] members, double[] weights)
    {
        _members = members;
        _weights = Whole(weights);
        Shares = new ShareTable(_weights);
    }

    /// <summary>Positions of the members by their weights.</summary>
    public ShareTable Shares { get; }

    public int Count => _members.Length;

    /// <summary>The endpoint at a position.</summary>
    public int this[int position] => _members[position];

    /// <summary>What its part of the traffic is in proportion to, warm-up included.</summary>
    public uint WeightOf(int position) => _weights[position];

    /// <summary>One atomic add: the place of the next pick in this group's own sequence.</summary>
    public uint NextPick() => Interlocked.Increment(ref _sequence);

    private static uint[] Whole(double[] weights)
    {
        if (Array.TrueForAll(weights, weight => weight <= uint.MaxValue && weight == Math.Floor(weight)))
        {
            return Array.ConvertAll(weights, weight => (uint)weight);
        }

        var largest = weights.Max();
        return Array.ConvertAll(weights, weight => (uint)Math.Max(1, Math.Round(weight / largest * Steps)));
    }
}
