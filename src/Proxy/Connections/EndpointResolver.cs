using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Connections;

/// <summary>Turns a cluster and the connection's target into the one endpoint to dial.</summary>
internal sealed class EndpointResolver(ProxyOptions options)
{
    /// <summary>Null where nothing can be picked.</summary>
    public Endpoint? Resolve(in PickContext context, ConnectionTarget target, ProxyConfig config)
    {
        var cluster = context.Cluster;
        switch (cluster.Kind)
        {
            case ClusterKind.Endpoints or ClusterKind.Dns:
                // An ejected endpoint on its way back, whom somebody has to try.
                if (cluster.State.Outliers.TakeProbe() is { } probed)
                {
                    return probed;
                }

                var picked = cluster.Balancer.Pick(context);
                return picked < 0 ? null : cluster.Endpoints[picked];

            case ClusterKind.OriginalDestination:
                return target.Destination is null ? null : cluster.State.Dynamic.Of(target.Destination, WorkloadInfo.Unknown);

            case ClusterKind.Application:
                // Listed where the control plane or an option names the application's address.
                return cluster.Endpoints.IsEmpty ? cluster.State.Dynamic.Of(ApplicationAddress(target), config.Self) : cluster.Endpoints[0];

            default:
                return null;
        }
    }

    private IPEndPoint ApplicationAddress(ConnectionTarget target)
    {
        var address =
            options.App
            ?? (options.Capture != CaptureMode.None && target.Destination is not null ? target.Destination.Address : IPAddress.Loopback);
        return new IPEndPoint(address, target.Port);
    }
}
