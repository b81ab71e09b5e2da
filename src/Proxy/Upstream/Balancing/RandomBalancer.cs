using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>RANDOM: each pick on its own, in proportion to the weights.</summary>
internal sealed class RandomBalancer(ImmutableArray<Endpoint> endpoints, Random random) : LoadBalancer
{
    private readonly ShareTable _shares = new(endpoints.Select(endpoint => endpoint.Weight));

    public override int Pick(in PickContext context) => _shares.Count == 0 ? -1 : _shares.At((uint)random.NextInt64(1L << 32));
}
