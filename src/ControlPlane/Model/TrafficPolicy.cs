using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>How a cluster is balanced and connected to. Null blocks are not set at this level: a subset inherits them, a port does not.</summary>
internal sealed record TrafficPolicy(
    LoadBalancing? LoadBalancing,
    ConnectionPool? ConnectionPool,
    OutlierDetection? OutlierDetection,
    UpstreamTls? Tls,
    ImmutableArray<PortPolicy> Ports
)
{
    /// <summary>A subset inherits it, and it holds at every port: the policy of a port has no field for it.</summary>
    public RetryBudget? RetryBudget { get; init; }

    public static TrafficPolicy None { get; } = new(null, null, null, null, []);
}
