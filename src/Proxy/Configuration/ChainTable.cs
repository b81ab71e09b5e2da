using System.Collections.Immutable;
using System.Net;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// The chains of a listener that tells connections apart by their original destination and by server name. As in Envoy each step takes the
/// most specific that fits and does not come back: the longest range first, then the name within it (listener, "filter chain match").
/// </summary>
internal sealed class ChainTable(ImmutableArray<(IPNetwork Range, NamedChains Chains)> ranges, NamedChains rest)
{
    /// <summary>Longest first.</summary>
    public ImmutableArray<(IPNetwork Range, NamedChains Chains)> Ranges { get; } =
    [.. ranges.OrderByDescending(entry => entry.Range.PrefixLength)];

    /// <summary>For destinations in none of the ranges.</summary>
    public NamedChains Rest { get; } = rest;

    public IEnumerable<ChainTarget> Targets => Ranges.SelectMany(entry => entry.Chains.Targets).Concat(Rest.Targets);

    public NamedChains Find(IPAddress destination)
    {
        foreach (var (range, chains) in Ranges)
        {
            if (range.Contains(destination))
            {
                return chains;
            }
        }

        return Rest;
    }
}
