using System.Collections.Immutable;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Upstream;

/// <summary>A balanced set of endpoints, compiled from CDS and EDS. Immutable; its counters and connections live in <see cref="State"/>.</summary>
internal sealed class Cluster
{
    /// <summary><c>outbound|9080|v1|reviews.default.svc.cluster.local</c></summary>
    public required string Name { get; init; }

    /// <summary>The service's full host name, for metrics and logs; empty for passthrough clusters.</summary>
    public required string ServiceHost { get; init; }

    public required ClusterKind Kind { get; init; }

    public required UpstreamProtocol Protocol { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    /// <summary>Circuit breakers and lifetimes of connections.</summary>
    public ClusterLimits Limits { get; init; } = ClusterLimits.None;

    /// <summary>What connections are made with, where an endpoint has no settings of its own.</summary>
    public TransportSettings Transport { get; init; } = TransportSettings.Plain;

    public TransportSettings TransportOf(Endpoint endpoint) =>
        endpoint.Source is null ? endpoint.Transport ?? Transport : endpoint.TransportFromSource(Transport);

    /// <summary>Endpoints that may be picked, in the control plane's order.</summary>
    public required ImmutableArray<Endpoint> Endpoints { get; init; }

    public required LoadBalancer Balancer { get; init; }

    /// <summary>Connections and requests go to the very endpoint that was dialled: pods of a headless service.</summary>
    public bool GoesWhereDialed { get; init; }

    /// <summary>Null where nobody is ejected.</summary>
    public OutlierPolicy? Outliers { get; init; }

    /// <summary>
    /// Below this share of endpoints that are not ejected, in per cent of all, all are picked from (Envoy's healthy_panic_threshold);
    /// 0, the default, is never.
    /// </summary>
    public double PanicThreshold { get; init; }

    public RetryBudget RetryBudget { get; init; } = RetryBudget.Default;

    public required ClusterState State { get; init; }
}
