namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>The second of two draws that are to differ: an endpoint compared with itself would get the request however busy it is.</summary>
internal static class TwoDraws
{
    private const int Redraws = 3;

    /// <summary>A position other than <paramref name="taken"/>: a few more draws by weight, then any. The group must have two members.</summary>
    public static int Another(PickGroup group, int taken, Random random)
    {
        for (var i = 0; i < Redraws; i++)
        {
            var drawn = group.Shares.At((uint)random.NextInt64(1L << 32));
            if (drawn != taken)
            {
                return drawn;
            }
        }

        var position = random.Next(group.Count - 1);
        return position == taken ? group.Count - 1 : position;
    }
}
