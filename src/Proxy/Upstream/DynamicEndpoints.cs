using System.Collections.Concurrent;
using System.Net;

namespace Mesh.Proxy.Upstream;

/// <summary>
/// Endpoints that no configuration lists because the connection names them: the application beside the proxy, original destinations.
/// Bounded: when full, those without an active request go.
/// </summary>
internal sealed class DynamicEndpoints
{
    private const int Most = 4096;

    private readonly ConcurrentDictionary<Key, Endpoint> _endpoints = new();

    /// <param name="source">Where connections come from, with <paramref name="othersSource"/> saying that it is not this host's; null where the system chooses.</param>
    public Endpoint Of(IPEndPoint address, WorkloadInfo workload, IPAddress? source = null, bool othersSource = false)
    {
        var key = new Key(address, source);
        return _endpoints.TryGetValue(key, out var known) ? known : Add(key, othersSource, workload);
    }

    public void RetireAll()
    {
        foreach (var (key, endpoint) in _endpoints)
        {
            _endpoints.TryRemove(key, out _);
            endpoint.State.Retire();
        }
    }

    private Endpoint Add(Key key, bool othersSource, WorkloadInfo workload)
    {
        if (_endpoints.Count >= Most)
        {
            foreach (var (other, endpoint) in _endpoints)
            {
                if (endpoint.State.ActiveRequests == 0 && _endpoints.TryRemove(other, out _))
                {
                    endpoint.State.Retire();
                }
            }
        }

        return _endpoints.GetOrAdd(
            key,
            static (key, made) =>
                new Endpoint
                {
                    Address = key.Address,
                    Weight = 1,
                    Workload = made.Workload,
                    State = new EndpointState(),
                    Source = key.Source is null ? null : new DialSource(key.Source, made.IsOthers),
                },
            (Workload: workload, IsOthers: othersSource)
        );
    }

    // Connections that come from different addresses are not shared.
    private readonly record struct Key(IPEndPoint Address, IPAddress? Source);
}
