using System.Net;

namespace Mesh.Proxy.Upstream;

/// <summary>One address of a cluster, and who is behind it.</summary>
internal sealed class Endpoint
{
    public required IPEndPoint Address { get; init; }

    public required uint Weight { get; init; }

    /// <summary>Labels for metrics: workload, version, namespace; <see cref="WorkloadInfo.Unknown"/> for bare addresses.</summary>
    public required WorkloadInfo Workload { get; init; }

    public required EndpointState State { get; init; }
}
