using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The resources of gRPC libraries without proxy, for one kind of client: listeners under every name a service may be dialled by, and below
/// them only what these libraries accept. A client gets the few it asks for; what is nobody's is answered by a cluster without endpoints.
/// </summary>
internal static class GrpcGenerator
{
    /// <param name="ringHash">Whether the library survives it.</param>
    public static ResourceSet Generate(Client client, bool ringHash, GenerationMemo memo)
    {
        var listeners = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var routes = ImmutableArray.CreateBuilder<XdsResource>();
        var derived = new List<(string Name, string Routes)>();
        foreach (var service in client.Services)
        {
            var names = DomainGenerator.Names(service.Shape, client).Where(name => !HostPattern.IsWildcard(name)).ToImmutableArray();
            foreach (var port in Ports(service).Where(_ => !names.IsEmpty))
            {
                var routeName = ResourceNames.Outbound(port.Number, service.Shape.Host);
                listeners[$"{service.Shape.Host}:{port.Number}"] = routeName;
                derived.AddRange(names.Select(name => ($"{name}:{port.Number}", routeName)));
                routes.AddRange(
                    memo.Resources(
                        new MemoKey(["grpc-rds", port.Number, service.Shape, service.Routes, .. client.Inputs(memo)]),
                        () =>
                            [
                                (
                                    routeName,
                                    GrpcRouteGenerator.Generate(
                                        routeName,
                                        port.Number,
                                        Domains(names, port.Number),
                                        service.Routes,
                                        routeName,
                                        service,
                                        client
                                    )
                                ),
                            ]
                    )
                );
            }
        }

        foreach (var bare in client.BareHosts.Where(entry => !HostPattern.IsWildcard(entry.Host)))
        {
            foreach (var port in Client.PortsOf(bare))
            {
                var routeName = ResourceNames.Outbound(port, bare.Host);
                listeners[$"{bare.Host}:{port}"] = routeName;
                routes.AddRange(
                    memo.Resources(
                        new MemoKey(["grpc-rds", port, bare.Host, bare.Routes, .. client.Inputs(memo)]),
                        () =>
                            [
                                (
                                    routeName,
                                    GrpcRouteGenerator.Generate(
                                        routeName,
                                        port,
                                        Domains([bare.Host], port),
                                        bare.Routes,
                                        null,
                                        null,
                                        client
                                    )
                                ),
                            ]
                    )
                );
            }
        }

        foreach (var (name, routeName) in derived)
        {
            // A service's own name beats another's short form.
            listeners.TryAdd(name, routeName);
        }

        var clusters = client.Services.SelectMany(service => Clusters(service, client, ringHash, memo)).ToList();
        var endpoints = client.Services.SelectMany(service => Endpoints(service, client, memo)).ToList();
        var known = clusters.Select(cluster => cluster.Name).ToHashSet(StringComparer.Ordinal);
        var referred = client
            .Services.SelectMany(service => Ports(service).SelectMany(port => GrpcRouteGenerator.ClustersOf(service.Routes, port.Number)))
            .Concat(
                client.BareHosts.SelectMany(entry =>
                    Client.PortsOf(entry).SelectMany(port => GrpcRouteGenerator.ClustersOf(entry.Routes, port))
                )
            )
            .Append(ResourceNames.BlackHole);
        foreach (var missing in referred.Where(known.Add))
        {
            clusters.AddRange(
                memo.Resources(
                    new MemoKey(["grpc-cds", missing, client.Settings.ConnectTimeout]),
                    () => [(missing, GrpcClusterGenerator.Empty(missing, client.Settings))]
                )
            );
            endpoints.AddRange(
                memo.Resources(
                    new MemoKey(["grpc-eds", missing]),
                    () => [(missing, new Pb.ClusterLoadAssignment { ClusterName = missing })]
                )
            );
        }

        return memo.Set(
            memo.Type(TypeUrls.Cluster, clusters),
            memo.Type(TypeUrls.Endpoints, endpoints),
            memo.Type(
                TypeUrls.Listener,
                listeners.SelectMany(listener =>
                    memo.Resources(
                        new MemoKey(["grpc-lds", listener.Key, listener.Value]),
                        () => [(listener.Key, GrpcListenerGenerator.Generate(listener.Key, listener.Value))]
                    )
                )
            ),
            memo.Type(TypeUrls.Route, routes)
        );
    }

    // The name that is dialled is the authority, so it carries its port; the bare one is for channels that override it.
    private static ImmutableArray<string> Domains(ImmutableArray<string> names, int port) =>
        [.. names.SelectMany(name => new[] { name, $"{name}:{port}" }).Distinct(StringComparer.Ordinal)];

    private static ImmutableArray<XdsResource> Clusters(VisibleService service, Client client, bool ringHash, GenerationMemo memo) =>
        memo.Resources(
            new MemoKey([
                "grpc-cds",
                service.Shape,
                service.Policy,
                client.Settings.ConnectTimeout,
                ringHash,
                service.Shape.Resolution == ServiceResolution.Dns ? service.Endpoints : null,
                service.Shape.Resolution == ServiceResolution.Dns ? LocalityView.KeyOf(service.Policy, client) : null,
            ]),
            () =>
                from port in Ports(service)
                from subset in ClusterGenerator.Subsets(service.Policy)
                let cluster = GrpcClusterGenerator.Generate(service, port, subset, client, ringHash)
                select (cluster.Name, (IMessage)cluster)
        );

    // Also behind LOGICAL_DNS clusters, which do not ask for it: whether they are that depends on the endpoints.
    private static ImmutableArray<XdsResource> Endpoints(VisibleService service, Client client, GenerationMemo memo) =>
        memo.Resources(
            new MemoKey(["grpc-eds", service.Shape, service.Policy, service.Endpoints, LocalityView.KeyOf(service.Policy, client)]),
            () =>
                from port in Ports(service)
                from subset in ClusterGenerator.Subsets(service.Policy)
                let endpoints = GrpcClusterGenerator.Endpoints(service, port, subset, client)
                select (endpoints.ClusterName, (IMessage)endpoints)
        );

    private static IEnumerable<ServicePort> Ports(VisibleService service) =>
        service.Shape.Ports.Where(port => port.Protocol != PortProtocol.Udp).DistinctBy(port => port.Number);
}
