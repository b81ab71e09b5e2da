using System.Net;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Configuration;

/// <summary>One endpoint as the control plane sent it: <see cref="Address"/>, or <see cref="Host"/> where its name is still to be resolved.</summary>
internal sealed record EndpointSettings(IPEndPoint? Address, string Host, int Port, uint Weight, WorkloadInfo Workload)
{
    public EndpointHealth Health { get; init; }

    public int Priority { get; init; }

    /// <summary>See <see cref="Endpoint.HostName"/>.</summary>
    public string? HostName { get; init; }

    /// <summary>What a cluster's transport sockets are chosen by.</summary>
    public EndpointLabels Labels { get; init; } = EndpointLabels.None;

    public Locality Locality { get; init; } = Locality.Unknown;

    /// <summary>Of its whole locality; 0 where it has none.</summary>
    public uint LocalityWeight { get; init; }
}
