using System.Collections.Immutable;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Routing;

/// <summary>A rule's destinations and their shares; picks follow a smooth sequence (golden ratio) with one atomic add.</summary>
/// <param name="state">The compiler hands the same cell to the rule's next version.</param>
internal sealed class WeightedDestinations(ImmutableArray<WeightedDestination> destinations, PickState state)
{
    // A single destination gets everything, whatever its weight (Envoy's plain cluster; Istio: weight ignored).
    private readonly WeightedDestination? _only = destinations.Length == 1 ? destinations[0] : null;
    private readonly ShareTable _shares = new(destinations.Select(destination => destination.Weight));

    public ImmutableArray<WeightedDestination> Destinations { get; } = destinations;

    public PickState State { get; } = state;

    /// <summary>For TCP: a client's connections are kept to one endpoint where the cluster's balancer is a consistent one (hash_policy.source_ip).</summary>
    public bool BySource { get; init; }

    /// <summary>The destination of the next request; null only where there is none, or several that all have weight 0.</summary>
    public WeightedDestination? Pick() =>
        _only is not null ? _only
        : _shares.Count == 0 ? null
        : Destinations[_shares.Smooth(State.Next())];
}
