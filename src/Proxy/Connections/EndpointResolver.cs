using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Connections;

/// <summary>Turns a cluster and the connection's target into the one endpoint to dial.</summary>
internal sealed class EndpointResolver(ProxyOptions options)
{
    /// <summary>Null where nothing can be picked.</summary>
    public Endpoint? Resolve(Cluster cluster, ConnectionTarget target, ProxyConfig config)
    {
        switch (cluster.Kind)
        {
            case ClusterKind.Endpoints or ClusterKind.Dns:
                var picked = cluster.Balancer.Pick(cluster);
                return picked < 0 ? null : cluster.Endpoints[picked];

            case ClusterKind.OriginalDestination:
                return target.Destination is null ? null : cluster.State.Dynamic.Of(target.Destination, WorkloadInfo.Unknown);

            case ClusterKind.Application:
                return cluster.State.Dynamic.Of(ApplicationAddress(cluster, target), config.Self);

            default:
                return null;
        }
    }

    // The application listens at the port the client meant, unless the control plane says another (a Sidecar's ingress defaultEndpoint).
    private IPEndPoint ApplicationAddress(Cluster cluster, ConnectionTarget target)
    {
        var port = cluster.Endpoints.IsEmpty ? target.Port : cluster.Endpoints[0].Address.Port;
        var address =
            options.App
            ?? (
                options.Capture == CaptureMode.Redirect && target.Destination is not null ? target.Destination.Address : IPAddress.Loopback
            );
        return new IPEndPoint(address, port);
    }
}
