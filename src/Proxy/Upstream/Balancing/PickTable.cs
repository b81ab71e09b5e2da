using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>Who may be picked at one moment, in groups with shares. Immutable: a change of health makes a new one.</summary>
/// <param name="generation">The <see cref="ClusterState.HealthGeneration"/> it knows of.</param>
/// <param name="expires">Timestamp after which warming endpoints have earned more; <see cref="long.MaxValue"/> for never.</param>
internal sealed class PickTable(ImmutableArray<PickGroup> groups, IEnumerable<double> shares, int generation, long expires)
{
    private const double Whole = 1_000_000_000;

    private Variant? _variants;

    public ImmutableArray<PickGroup> Groups { get; } = groups;

    /// <summary>The groups by their part of the traffic.</summary>
    public ShareTable Shares { get; } = new(shares.Select(share => (uint)Math.Max(1, Math.Round(share * Whole))));

    public int Generation { get; } = generation;

    public long Expires { get; } = expires;

    /// <summary>The same without some priorities, if it was asked for before.</summary>
    public PickTable? Without(uint priorities)
    {
        for (var variant = Volatile.Read(ref _variants); variant is not null; variant = variant.Next)
        {
            if (variant.Priorities == priorities)
            {
                return variant.Table;
            }
        }

        return null;
    }

    /// <summary>Keeps it for the next retry that avoids these. Two at once may each add theirs, which are equal.</summary>
    public PickTable Keep(uint priorities, PickTable table)
    {
        var first = Volatile.Read(ref _variants);
        Interlocked.CompareExchange(ref _variants, new Variant(priorities, table, first), first);
        return table;
    }

    private sealed record Variant(uint Priorities, PickTable Table, Variant? Next);
}
