using Mesh.Proxy.Security.Tls;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;

namespace Mesh.Proxy.Upstream;

/// <summary>What must survive a configuration swap about one endpoint, keyed by cluster and address. Interlocked fields only.</summary>
internal sealed class EndpointState
{
    private int _activeRequests;
    private long _totalRequests;
    private long _failedRequests;
    private TlsPrincipals? _principals;

    public EndpointConnections Connections { get; } = new();

    /// <summary>Errors counted and ejection, both kept by outlier detection.</summary>
    public EjectionState Ejection { get; } = new();

    /// <summary>Left out of balancing for now; <see cref="ClusterState.HealthGeneration"/> rises when it changes.</summary>
    public bool IsEjected => Ejection.IsEjected;

    /// <summary>What the balancer remembers about it.</summary>
    public BalancingState Balancing { get; } = new();

    /// <summary>Whom the latest connection to it has verified; null where it was in plaintext.</summary>
    public TlsPrincipals? Principals
    {
        get => Volatile.Read(ref _principals);
        set => Volatile.Write(ref _principals, value);
    }

    public int ActiveRequests => Volatile.Read(ref _activeRequests);

    public long TotalRequests => Volatile.Read(ref _totalRequests);

    public long FailedRequests => Volatile.Read(ref _failedRequests);

    public void RequestStarted()
    {
        Interlocked.Increment(ref _activeRequests);
        Interlocked.Increment(ref _totalRequests);
    }

    public void RequestEnded(bool failed)
    {
        if (failed)
        {
            Interlocked.Increment(ref _failedRequests);
        }

        Interlocked.Decrement(ref _activeRequests);
    }

    /// <summary>Its endpoint left the configuration: no new connections are kept, and each old one goes with its last request.</summary>
    public void Retire() => Connections.Retire();
}
