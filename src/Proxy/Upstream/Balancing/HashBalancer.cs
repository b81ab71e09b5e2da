using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>
/// What ring hash and Maglev share: one group a priority, in it the endpoint that owns the request's hash; an avoided one's keys go on to
/// the next owner. Requests without a hash go to random keys.
/// </summary>
internal abstract class HashBalancer(ImmutableArray<Endpoint> endpoints, BalancerSettings settings, Random random, TimeProvider time)
    : LoadBalancer(endpoints, settings, random, time)
{
    protected override bool MergesLocalities => true;

    protected sealed override int ChooseGroup(PickTable table, in PickContext context) =>
        // Other bits than those that decide inside the group, or priorities would cut pieces out of the ring.
        table.Shares.At(context.Hash.HasValue ? (uint)Mix(context.Hash.Value) : Point());

    protected sealed override int Choose(PickGroup group, bool alone, in PickContext context) =>
        ((HashGroup)group).Owner(context.Hash.HasValue ? context.Hash.Value : (ulong)Random.NextInt64(long.MinValue, long.MaxValue));

    protected sealed override int Another(PickTable table, in PickContext context, int taken)
    {
        if (context.Hash.HasValue)
        {
            var group = (HashGroup)Group(table, context);
            var entry = group.EntryOf(context.Hash.Value);
            for (var i = 1; i < group.Entries; i++)
            {
                var next = group.OwnerOfEntry((int)(((long)entry + i) % group.Entries));
                if (!IsAvoided(context, next))
                {
                    return next;
                }
            }
        }

        return base.Another(table, context, taken);
    }

    protected sealed override PickGroup MakeGroup(int[] members, double[] weights) => MakeHashGroup(members, weights);

    protected abstract HashGroup MakeHashGroup(int[] members, double[] weights);

    /// <summary>What endpoints are hashed by: the address, so that every proxy has the same table.</summary>
    protected static byte[] KeyOf(Endpoint endpoint) => System.Text.Encoding.ASCII.GetBytes(endpoint.Address.ToString());

    private static ulong Mix(ulong hash)
    {
        hash = (hash ^ (hash >> 31)) * 0x7FB5D329728EA185;
        return hash ^ (hash >> 27);
    }
}
