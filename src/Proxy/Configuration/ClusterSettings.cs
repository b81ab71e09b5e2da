using System.Collections.Immutable;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>A CDS resource as this proxy understands it; endpoints come from EDS, DNS or <see cref="Endpoints"/>.</summary>
internal sealed record ClusterSettings
{
    public required string Name { get; init; }

    public required string ServiceHost { get; init; }

    public required ClusterKind Kind { get; init; }

    public required UpstreamProtocol Protocol { get; init; }

    public required TimeSpan ConnectTimeout { get; init; }

    public required ClusterLimits Limits { get; init; }

    public TransportPlan Transport { get; init; } = TransportPlan.Plain;

    public required BalancerSettings Balancing { get; init; }

    /// <summary>Name of the EDS resource with the endpoints; null where they come from elsewhere.</summary>
    public string? EndpointsName { get; init; }

    /// <summary>See <see cref="Cluster.GoesWhereDialed"/>.</summary>
    public bool GoesWhereDialed { get; init; }

    /// <summary>Written in the cluster itself.</summary>
    public ImmutableArray<EndpointSettings> Endpoints { get; init; } = [];

    /// <summary>The application's port, for <see cref="ClusterKind.Application"/>; 0 keeps the one the connection was going to.</summary>
    public int ApplicationPort { get; init; }

    /// <summary>LOGICAL_DNS: one address of those that a name resolves to.</summary>
    public bool OneAddressPerName { get; init; }

    /// <summary>Null where nobody is ejected.</summary>
    public OutlierPolicy? Outliers { get; init; }

    /// <summary>See <see cref="Cluster.PanicThreshold"/>.</summary>
    public double PanicThreshold { get; init; }

    public RetryBudget RetryBudget { get; init; } = RetryBudget.Default;

    public Pb.Cluster.Types.DnsLookupFamily Family { get; init; }
}
