namespace Mesh.Config;

/// <summary>Names of the kinds that have typed specs.</summary>
public static class Kinds
{
    /// <summary>networking.istio.io VirtualService.</summary>
    public const string VirtualService = "VirtualService";

    /// <summary>networking.istio.io DestinationRule.</summary>
    public const string DestinationRule = "DestinationRule";

    /// <summary>networking.istio.io Gateway.</summary>
    public const string Gateway = "Gateway";

    /// <summary>networking.istio.io ServiceEntry.</summary>
    public const string ServiceEntry = "ServiceEntry";

    /// <summary>networking.istio.io WorkloadEntry.</summary>
    public const string WorkloadEntry = "WorkloadEntry";

    /// <summary>networking.istio.io Sidecar.</summary>
    public const string Sidecar = "Sidecar";

    /// <summary>security.istio.io PeerAuthentication.</summary>
    public const string PeerAuthentication = "PeerAuthentication";

    /// <summary>security.istio.io AuthorizationPolicy.</summary>
    public const string AuthorizationPolicy = "AuthorizationPolicy";

    /// <summary>security.istio.io RequestAuthentication.</summary>
    public const string RequestAuthentication = "RequestAuthentication";

    /// <summary>Core v1 Service.</summary>
    public const string Service = "Service";

    /// <summary>Core v1 ConfigMap, of which the one named <c>istio</c> in the root namespace is the mesh configuration.</summary>
    public const string ConfigMap = "ConfigMap";

    /// <summary>discovery.k8s.io/v1 EndpointSlice.</summary>
    public const string EndpointSlice = "EndpointSlice";

    /// <summary>Core v1 Pod.</summary>
    public const string Pod = "Pod";

    /// <summary>Core v1 Namespace.</summary>
    public const string Namespace = "Namespace";

    /// <summary>Core v1 Node.</summary>
    public const string Node = "Node";
}
