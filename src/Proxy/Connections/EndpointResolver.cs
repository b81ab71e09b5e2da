using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Redirect;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;

namespace Mesh.Proxy.Connections;

/// <summary>Turns a cluster and the connection's target into the one endpoint to dial.</summary>
internal sealed class EndpointResolver(ProxyOptions options)
{
    private static readonly IPAddress Passthrough = IPAddress.Parse(RedirectRules.PassthroughIpv4);
    private static readonly IPAddress PassthroughIpv6 = IPAddress.Parse(RedirectRules.PassthroughIpv6);

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
                // What arrives at a listener's own socket was going nowhere else; dialled, the proxy would call itself for ever.
                return target.Destination is null || target.Bound is not null
                    ? null
                    : Dynamic(cluster, target.Destination, target, WorkloadInfo.Unknown);

            case ClusterKind.Application:
                // Listed where the control plane or an option names the application's address.
                return cluster.Endpoints.IsEmpty ? Dynamic(cluster, ApplicationAddress(target), target, config.Self) : cluster.Endpoints[0];

            default:
                return null;
        }
    }

    /// <summary>The same for a connection that is not HTTP, which in some clusters means the very endpoint that it dials.</summary>
    public Endpoint? ResolveConnection(in PickContext context, ConnectionTarget target, ProxyConfig config) =>
        context.Cluster is { GoesWhereDialed: true, Kind: ClusterKind.Endpoints }
        && target is { Inbound: false, Bound: null, Destination: { } dialed }
            ? Listed(context.Cluster, dialed) ?? Unlisted(context.Cluster, dialed, target)
            : Resolve(context, target, config);

    /// <summary>
    /// The same for a request. To the name of a pod it goes there and nowhere else. To the service's name it goes to the pod that the client chose
    /// when it dialled, if that is one of the cluster and works, but for requests that a DestinationRule spreads by their hash, and for repetitions.
    /// </summary>
    /// <param name="host">Of the request's authority, in lower case, without a port.</param>
    public Endpoint? ResolveRequest(in PickContext context, ConnectionTarget target, ProxyConfig config, ReadOnlySpan<byte> host)
    {
        var cluster = context.Cluster;
        if (!cluster.GoesWhereDialed || cluster.Kind != ClusterKind.Endpoints || target.Inbound)
        {
            return Resolve(context, target, config);
        }

        var dialed = target.Bound is null ? target.Destination : null;
        if (PodNames.IsOfPod(host, cluster.ServiceHost))
        {
            if (PodNames.Find(cluster.Endpoints, host) is { } named)
            {
                return named;
            }

            // Somebody else's by now, if it is listed and has a name.
            return dialed is null ? null
                : Listed(cluster, dialed) is not { } there ? Unlisted(cluster, dialed, target)
                : there.HostName is null ? there
                : null;
        }

        return
            dialed is not null
            && !(context.Hash.HasValue && cluster.Balancer is HashBalancer)
            && Listed(cluster, dialed) is { State.IsEjected: false } endpoint
            && !context.Avoid.Contains(endpoint)
            ? endpoint
            : Resolve(context, target, config);
    }

    private static Endpoint? Listed(Cluster cluster, IPEndPoint address)
    {
        Endpoint? atOtherPort = null;
        foreach (var endpoint in cluster.Endpoints)
        {
            if (endpoint.Address.Address.Equals(address.Address))
            {
                if (endpoint.Address.Port == address.Port)
                {
                    return endpoint;
                }

                atOtherPort ??= endpoint;
            }
        }

        return atOtherPort;
    }

    // One that nobody lists any more is still who was meant: another must not get what was for it.
    private Endpoint Unlisted(Cluster cluster, IPEndPoint address, ConnectionTarget target) =>
        Dynamic(cluster, address, target, WorkloadInfo.Unknown);

    private IPEndPoint ApplicationAddress(ConnectionTarget target)
    {
        var address =
            options.App
            ?? (options.Capture != CaptureMode.None && target.Destination is not null ? target.Destination.Address : IPAddress.Loopback);
        return new IPEndPoint(address, target.Port);
    }

    // What comes in by redirection goes on from an address by which the kernel's rules know it, or from the client's own.
    private Endpoint Dynamic(Cluster cluster, IPEndPoint address, ConnectionTarget target, WorkloadInfo workload) =>
        options.Capture switch
        {
            CaptureMode.Redirect when target.Inbound => cluster.State.Dynamic.Of(
                address,
                workload,
                address.AddressFamily == AddressFamily.InterNetwork ? Passthrough : PassthroughIpv6
            ),
            CaptureMode.Tproxy when target.Inbound && target.Remote.AddressFamily == address.AddressFamily => cluster.State.Dynamic.Of(
                address,
                workload,
                target.Remote.Address,
                othersSource: true
            ),
            _ => cluster.State.Dynamic.Of(address, workload),
        };
}
