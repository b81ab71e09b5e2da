using System.Collections.Immutable;

namespace Mesh.Config.Specs;

/// <summary>Balancing, limits, outlier detection and TLS towards a host.</summary>
public sealed record TrafficPolicySpec
{
    /// <summary>How an endpoint is picked.</summary>
    public LoadBalancerSpec? LoadBalancer { get; init; }

    /// <summary>Connection and request limits.</summary>
    public ConnectionPoolSpec? ConnectionPool { get; init; }

    /// <summary>When endpoints are ejected.</summary>
    public OutlierDetectionSpec? OutlierDetection { get; init; }

    /// <summary>TLS towards the endpoints.</summary>
    public ClientTlsSpec? Tls { get; init; }

    /// <summary>Policies of single ports; they replace the whole policy, nothing is inherited.</summary>
    public ImmutableArray<PortTrafficPolicySpec> PortLevelSettings { get; init; } = [];

    /// <summary>Tunnels TCP through an HTTP proxy.</summary>
    public TunnelSpec? Tunnel { get; init; }

    /// <summary>PROXY protocol header sent upstream.</summary>
    public ProxyProtocolVersion? ProxyProtocol { get; init; }

    /// <summary>Limit of retries relative to the load.</summary>
    public RetryBudgetSpec? RetryBudget { get; init; }
}
