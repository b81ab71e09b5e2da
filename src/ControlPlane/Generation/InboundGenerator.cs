using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The side of a sidecar that faces its own application: one listener, a filter chain and a cluster per port.</summary>
internal static class InboundGenerator
{
    private const int Port = 15006;

    // How long a client on a port where the server speaks first may take to begin with TLS.
    private static readonly TimeSpan DetectionTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Carries who the workload is (see <see cref="IstioMetadata"/>): the proxy's own name in metrics and logs.</summary>
    /// <param name="tokens">Whose tokens the workload takes.</param>
    /// <param name="access">Who may do what with it.</param>
    /// <param name="peers">How it takes connections.</param>
    public static Pb.Listener VirtualInbound(
        Workload? workload,
        InboundTokens tokens,
        InboundAccess access,
        WorkloadPeers peers,
        MeshSettings settings
    )
    {
        var listener = new Pb.Listener
        {
            Name = ResourceNames.VirtualInbound,
            Address = XdsMessages.Address("0.0.0.0", Port),
            TrafficDirection = Pb.TrafficDirection.Inbound,
            Metadata = workload is null ? null : IstioMetadata.Workload(workload),
            ListenerFilters = { XdsMessages.ListenerFilter(ExtensionNames.OriginalDst, new Pb.OriginalDst()) },
        };
        var ports = Ports(workload);
        if (peers.Mode != PeerMode.Disable || !peers.Ports.IsEmpty)
        {
            listener.ListenerFilters.Add(XdsMessages.ListenerFilter(ExtensionNames.TlsInspector, new Pb.TlsInspector()));
            listener.ListenerFiltersTimeout = XdsMessages.Duration(DetectionTimeout);
            listener.ContinueOnListenerFiltersTimeout = true;
        }

        if (ports.Any(port => port.Protocol == PortProtocol.Unknown))
        {
            listener.ListenerFilters.Add(XdsMessages.ListenerFilter(ExtensionNames.HttpInspector, new Pb.HttpInspector()));
        }

        foreach (var port in ports)
        {
            listener.FilterChains.AddRange(Chains(port, tokens, access, settings).Of(peers.At(port.Port)));
        }

        foreach (var (port, mode) in peers.Ports.Where(port => ports.All(served => served.Port != port.Key)))
        {
            listener.FilterChains.AddRange(Passthrough(port, access, settings).Of(mode));
        }

        foreach (var chain in Passthrough(0, access, settings).Of(peers.Mode))
        {
            if (chain.FilterChainMatch is { TransportProtocol.Length: > 0 })
            {
                listener.FilterChains.Add(chain);
            }
            else
            {
                chain.FilterChainMatch = null;
                listener.DefaultFilterChain = chain;
            }
        }

        return listener;
    }

    // What no service says anything about goes through as it is. Ports that nobody declared are nobody's exception.
    private static InboundChains Passthrough(int port, InboundAccess access, MeshSettings settings) =>
        new(
            port == 0 ? ResourceNames.InboundPassthrough : $"{ResourceNames.InboundPassthrough}_{port}",
            port,
            null,
            [
                .. AccessFilterGenerator.Tcp(access),
                XdsMessages.TcpProxy(ResourceNames.InboundPassthrough, ResourceNames.InboundPassthrough),
            ],
            sniffs: false,
            settings
        );

    public static IEnumerable<Pb.Cluster> Clusters(Workload? workload, MeshSettings settings)
    {
        foreach (var port in Ports(workload))
        {
            // An application that takes HTTP/1.1 may take HTTP/2 as well: it gets what its client spoke.
            var protocol = port.Protocol == PortProtocol.Http ? PortProtocol.Unknown : port.Protocol;
            var cluster = ClusterGenerator.ToOriginalDestination(ResourceNames.Inbound(port.Port), settings, protocol);
            cluster.Metadata = IstioMetadata.Cluster(port.ServiceHost, port.ServiceNamespace, port.ServicePortNumber, "", null);
            yield return cluster;
        }
    }

    private static ImmutableArray<InboundPort> Ports(Workload? workload) =>
        workload is null
            ? []
            :
            [
                .. workload
                    .InboundPorts.Where(port => port.Protocol != PortProtocol.Udp)
                    .OrderBy(port => port.Port)
                    .DistinctBy(port => port.Port),
            ];

    private static InboundChains Chains(InboundPort port, InboundTokens tokens, InboundAccess access, MeshSettings settings)
    {
        var name = ResourceNames.Inbound(port.Port);
        var http = port.Protocol is PortProtocol.Http or PortProtocol.Http2 or PortProtocol.Grpc or PortProtocol.Unknown;
        return new(
            name,
            port.Port,
            http
                ? HttpConnectionManagerGenerator.WithRoutes(
                    $"inbound_0.0.0.0_{port.Port}",
                    Routes(port, name),
                    TokenFilterGenerator.Http(tokens).Concat(AccessFilterGenerator.Http(access)),
                    settings
                )
                : null,
            [.. AccessFilterGenerator.Tcp(access), XdsMessages.TcpProxy(name, name)],
            sniffs: port.Protocol == PortProtocol.Unknown,
            settings
        );
    }

    private static Pb.RouteConfiguration Routes(InboundPort port, string cluster) =>
        new()
        {
            Name = cluster,
            ValidateClusters = false,
            VirtualHosts =
            {
                new Pb.VirtualHost
                {
                    Name = $"inbound|http|{port.Port}",
                    Domains = { "*" },
                    Routes =
                    {
                        new Pb.Route
                        {
                            Name = "default",
                            Match = RouteMatchGenerator.Everything(),
                            Route_ = new()
                            {
                                Cluster = cluster,
                                Timeout = XdsMessages.NoTimeout,
                                MaxGrpcTimeout = XdsMessages.NoTimeout,
                                // Towards the application only what it cannot have seen is sent again; gRPC has its own rules for that.
                                RetryPolicy =
                                    port.Protocol == PortProtocol.Grpc ? null : new() { RetryOn = "reset-before-request", NumRetries = 2 },
                            },
                        },
                    },
                },
            },
        };
}
