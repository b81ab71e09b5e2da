namespace Mesh.Xds;

/// <summary>The gRPC services of xDS and the paths of their methods.</summary>
public static class XdsMethods
{
    /// <summary>ADS.</summary>
    public const string AggregatedDiscoveryService = "envoy.service.discovery.v3.AggregatedDiscoveryService";

    /// <summary>State of the world: DiscoveryRequest and DiscoveryResponse, both streams.</summary>
    public const string StreamAggregatedResources = "StreamAggregatedResources";

    /// <summary>Delta: DeltaDiscoveryRequest and DeltaDiscoveryResponse, both streams.</summary>
    public const string DeltaAggregatedResources = "DeltaAggregatedResources";

    /// <summary>Path of the state-of-the-world stream.</summary>
    public const string StreamAggregatedResourcesPath = "/" + AggregatedDiscoveryService + "/" + StreamAggregatedResources;

    /// <summary>Path of the delta stream.</summary>
    public const string DeltaAggregatedResourcesPath = "/" + AggregatedDiscoveryService + "/" + DeltaAggregatedResources;
}
