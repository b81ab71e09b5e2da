namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// The pools of one cluster, which share its limit of connections: one that needs a connection gets the place of another's idle one, or is
/// told when a place becomes free. Only consulted at the limit.
/// </summary>
internal sealed class ClusterPools
{
    private readonly Lock _gate = new();
    private readonly List<EndpointPool> _pools = [];
    private readonly Queue<EndpointPool> _starved = new();
    private int _starvedCount;

    public void Add(EndpointPool pool)
    {
        lock (_gate)
        {
            _pools.Add(pool);
        }
    }

    public void Remove(EndpointPool pool)
    {
        lock (_gate)
        {
            _pools.Remove(pool);
        }
    }

    /// <summary>Closes the idle connection of a pool other than the one that needs its place; false where none has one.</summary>
    /// <param name="needy">Null for who needs it outside of these pools.</param>
    public bool TryFreePlace(EndpointPool? needy)
    {
        EndpointPool[] others;
        lock (_gate)
        {
            others = [.. _pools];
        }

        foreach (var other in others)
        {
            if (other != needy && other.TryCloseIdle())
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The pool wants to hear of the next place. It must look for one again after this call: nobody told it of those freed before.</summary>
    public void Starve(EndpointPool pool)
    {
        lock (_gate)
        {
            if (!_starved.Contains(pool))
            {
                _starved.Enqueue(pool);
                Volatile.Write(ref _starvedCount, _starved.Count);
            }
        }
    }

    /// <summary>A connection of the cluster is gone or has become idle: the pool that has starved longest gets its place.</summary>
    public void PlaceFreed()
    {
        // Those that starve again meanwhile are behind the ones counted here.
        for (var left = Volatile.Read(ref _starvedCount); left > 0 && Next() is { } pool; left--)
        {
            if (pool.Serve())
            {
                return;
            }
        }
    }

    private EndpointPool? Next()
    {
        lock (_gate)
        {
            _starved.TryDequeue(out var pool);
            Volatile.Write(ref _starvedCount, _starved.Count);
            return pool;
        }
    }
}
