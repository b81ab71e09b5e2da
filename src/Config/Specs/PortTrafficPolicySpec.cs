namespace Mesh.Config.Specs;

/// <summary>Policy of one port; replaces the destination-level policy.</summary>
public sealed record PortTrafficPolicySpec
{
    /// <summary>Where the policy begins in the user's file.</summary>
    public SourceLocation Location { get; init; }

    /// <summary>The service port.</summary>
    public required int Port { get; init; }

    /// <summary>How an endpoint is picked.</summary>
    public LoadBalancerSpec? LoadBalancer { get; init; }

    /// <summary>Connection and request limits.</summary>
    public ConnectionPoolSpec? ConnectionPool { get; init; }

    /// <summary>When endpoints are ejected.</summary>
    public OutlierDetectionSpec? OutlierDetection { get; init; }

    /// <summary>TLS towards the endpoints.</summary>
    public ClientTlsSpec? Tls { get; init; }
}
