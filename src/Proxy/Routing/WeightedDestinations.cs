using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>A rule's destinations and their shares; picks follow a smooth sequence (golden ratio) with one atomic add.</summary>
internal sealed partial class WeightedDestinations(ImmutableArray<WeightedDestination> destinations)
{
    public ImmutableArray<WeightedDestination> Destinations { get; } = destinations;
}
