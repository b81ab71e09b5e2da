namespace Mesh.Proxy.Upstream.Pools;

/// <summary>One request's place among its cluster's requests in flight, and the handler that carries it; both are given back at its end.</summary>
internal readonly struct Http2Lease : IDisposable
{
    private readonly Cluster? _cluster;

    private Http2Lease(Cluster cluster, Http2Handler handler)
    {
        _cluster = cluster;
        Handler = handler;
    }

    public Http2Handler Handler { get; }

    /// <summary>False where the cluster has as many requests in flight as it may.</summary>
    /// <param name="create">Makes what opens connections to the endpoint.</param>
    public static bool TryTake(Cluster cluster, Endpoint endpoint, Func<Endpoint, Cluster, HttpMessageHandler> create, out Http2Lease lease)
    {
        if (!cluster.State.Counters.TryBeginRequest(cluster.Limits))
        {
            lease = default;
            return false;
        }

        lease = new(cluster, endpoint.State.Connections.Http2(cluster, endpoint, create).Rent());
        return true;
    }

    /// <summary>Nothing where none was taken.</summary>
    public void Dispose()
    {
        if (_cluster is not null)
        {
            Handler.Return();
            _cluster.State.Counters.EndRequest();
        }
    }
}
