namespace Mesh.Xds;

/// <summary>Builds the resource names that control plane and proxy agree on, in the spelling of Istio.</summary>
public static class ResourceNames
{
    /// <summary>Subscribes to everything of a type.</summary>
    public const string Wildcard = "*";

    /// <summary>Listener that captures everything the application sends.</summary>
    public const string VirtualOutbound = "virtualOutbound";

    /// <summary>Listener that captures everything sent to the application.</summary>
    public const string VirtualInbound = "virtualInbound";

    /// <summary>Cluster that forwards to the original destination.</summary>
    public const string Passthrough = "PassthroughCluster";

    /// <summary>Cluster without endpoints: refuses what it gets.</summary>
    public const string BlackHole = "BlackHoleCluster";

    /// <summary>Cluster that forwards captured inbound connections to the application at their original address.</summary>
    public const string InboundPassthrough = "InboundPassthroughCluster";

    /// <summary><c>outbound|9080|v1|host</c>; an empty subset means all endpoints.</summary>
    public static string Outbound(int port, string subset, string host) =>
        new ClusterName(TrafficDirection.Outbound, port, subset, host).ToString();

    /// <summary><c>outbound|9080||host</c>.</summary>
    public static string Outbound(int port, string host) => Outbound(port, "", host);

    /// <summary><c>inbound|9080||</c>.</summary>
    public static string Inbound(int port) => new ClusterName(TrafficDirection.Inbound, port, "", "").ToString();

    /// <summary>Name of the listener on one address, <c>10.0.0.1_9080</c>.</summary>
    public static string Listener(string address, int port) => $"{address}_{port}";

    /// <summary>Name of the route configuration that all HTTP services of one port share: the port.</summary>
    public static string RouteForPort(int port) => port.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
