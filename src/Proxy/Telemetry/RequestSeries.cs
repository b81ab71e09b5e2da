using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Which series of Istio's standard metrics a record counts into. Equal by label values, so that a configuration swap continues the old
/// series; hashes only what usually differs.
/// </summary>
internal readonly record struct RequestSeries(
    bool Inbound,
    WorkloadInfo Self,
    WorkloadInfo Peer,
    string ServiceHost,
    string ClusterName,
    string Protocol,
    int StatusCode,
    int GrpcStatus,
    string Flags,
    string? SourcePrincipal = null,
    string? DestinationPrincipal = null
)
{
    public bool Equals(RequestSeries other) =>
        StatusCode == other.StatusCode
        && GrpcStatus == other.GrpcStatus
        && Inbound == other.Inbound
        && Flags == other.Flags
        && Protocol == other.Protocol
        && ServiceHost == other.ServiceHost
        && ClusterName == other.ClusterName
        && SourcePrincipal == other.SourcePrincipal
        && DestinationPrincipal == other.DestinationPrincipal
        && Peer.Equals(other.Peer)
        && Self.Equals(other.Self);

    public override int GetHashCode() =>
        HashCode.Combine(StatusCode, GrpcStatus, Flags.Length, Peer.Name, Peer.Version, ServiceHost, SourcePrincipal);
}
