namespace Mesh.Xds;

/// <summary>The first part of a cluster name: to another workload, or from the proxy to its own application.</summary>
public enum TrafficDirection
{
    /// <summary>To another workload.</summary>
    Outbound,

    /// <summary>To the proxy's own application.</summary>
    Inbound,
}
