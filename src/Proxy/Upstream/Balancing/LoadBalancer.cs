using System.Collections.Immutable;

namespace Mesh.Proxy.Upstream.Balancing;

/// <summary>Chooses the endpoint of one attempt; built at compile time from a fixed endpoint list, only read afterwards.</summary>
internal abstract class LoadBalancer
{
    /// <summary>In turn, weights as a smooth sequence.</summary>
    public static LoadBalancer RoundRobin(ImmutableArray<Endpoint> endpoints) => new RoundRobinBalancer(endpoints);

    /// <summary>At random, in proportion to the weights.</summary>
    /// <param name="random">Asked by several threads at once: <see cref="System.Random.Shared"/> outside tests.</param>
    public static LoadBalancer Random(ImmutableArray<Endpoint> endpoints, Random random) => new RandomBalancer(endpoints, random);

    /// <summary>The less busy of a few random endpoints.</summary>
    /// <param name="random">Asked by several threads at once: <see cref="System.Random.Shared"/> outside tests.</param>
    /// <param name="choices">How many are compared, at least 2 (Envoy's choice_count, default 2).</param>
    public static LoadBalancer LeastRequest(ImmutableArray<Endpoint> endpoints, Random random, int choices = 2) =>
        new LeastRequestBalancer(endpoints, random, choices);

    /// <summary>Index into <see cref="Cluster.Endpoints"/>, or -1 where nothing can be picked. Allocates nothing.</summary>
    public abstract int Pick(in PickContext context);
}
