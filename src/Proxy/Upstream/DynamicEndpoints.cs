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

    private readonly ConcurrentDictionary<IPEndPoint, Endpoint> _endpoints = new();

    public IEnumerable<Endpoint> All => _endpoints.Values;

    public Endpoint Of(IPEndPoint address, WorkloadInfo workload) =>
        _endpoints.TryGetValue(address, out var known) ? known : Add(address, workload);

    public void RetireAll()
    {
        foreach (var (address, endpoint) in _endpoints)
        {
            _endpoints.TryRemove(address, out _);
            endpoint.State.Retire();
        }
    }

    private Endpoint Add(IPEndPoint address, WorkloadInfo workload)
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
            address,
            static (key, of) =>
                new Endpoint
                {
                    Address = key,
                    Weight = 1,
                    Workload = of,
                    State = new EndpointState(),
                },
            workload
        );
    }
}
