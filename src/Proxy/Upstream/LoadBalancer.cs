namespace Mesh.Proxy.Upstream;

/// <summary>Chooses the endpoint of one attempt; built at compile time from a fixed endpoint list, only read afterwards.</summary>
internal abstract class LoadBalancer
{
    /// <summary>Index into <see cref="Cluster.Endpoints"/>, or -1 where nothing can be picked. Allocates nothing.</summary>
    public abstract int Pick(Cluster cluster);
}
