namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>A group in which each hash has an owner; entries are in a circle.</summary>
internal abstract class HashGroup(int[] members, double[] weights) : PickGroup(members, weights)
{
    public abstract int Entries { get; }

    /// <summary>The endpoint that owns the hash.</summary>
    public int Owner(ulong hash) => OwnerOfEntry(EntryOf(hash));

    public abstract int EntryOf(ulong hash);

    public abstract int OwnerOfEntry(int entry);
}
