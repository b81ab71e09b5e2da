using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>Resources of a small sound mesh (host <c>good</c>, port 80), and ways to spoil them.</summary>
internal static class HostileResources
{
    public const string Good = "outbound|80||good.test";
    public const string Table = "80";

    private const string Listener80 = "0.0.0.0_80";

    public static IMessage[] Sound(string address, int port) =>
        [Cluster(Good), Endpoints(Good, address, port), Listener(), Routes(To(Good))];

    public static Pb.Cluster Cluster(string name, Action<Pb.Cluster>? spoil = null)
    {
        var cluster = new Pb.Cluster
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.Eds,
            EdsClusterConfig = new() { EdsConfig = new() { Ads = new() } },
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)),
        };
        spoil?.Invoke(cluster);
        return cluster;
    }

    public static Pb.ClusterLoadAssignment Endpoints(string name, string address, int port, Action<Pb.LbEndpoint>? spoil = null)
    {
        var endpoint = new Pb.LbEndpoint
        {
            Endpoint = new() { Address = Address(address, (uint)port) },
            LoadBalancingWeight = 1,
        };
        spoil?.Invoke(endpoint);
        return new Pb.ClusterLoadAssignment
        {
            ClusterName = name,
            Endpoints = { new Pb.LocalityLbEndpoints { LbEndpoints = { endpoint } } },
        };
    }

    public static Pb.Listener Listener(string name = Listener80, Action<Pb.HttpConnectionManager>? spoil = null)
    {
        var manager = new Pb.HttpConnectionManager
        {
            StatPrefix = "test",
            Rds = new()
            {
                RouteConfigName = Table,
                ConfigSource = new() { Ads = new() },
            },
            HttpFilters =
            {
                new Pb.HttpFilter { Name = ExtensionNames.Router, TypedConfig = Pack(new Pb.Router()) },
            },
        };
        spoil?.Invoke(manager);
        return new Pb.Listener
        {
            Name = name,
            Address = Address("0.0.0.0", 80),
            BindToPort = false,
            TrafficDirection = Pb.TrafficDirection.Outbound,
            FilterChains =
            {
                new Pb.FilterChain
                {
                    Filters =
                    {
                        new Pb.Filter { Name = "http", TypedConfig = Pack(manager) },
                    },
                },
            },
        };
    }

    public static Pb.RouteConfiguration Routes(params Pb.Route[] routes) => Routes(null, routes);

    public static Pb.RouteConfiguration Routes(Action<Pb.VirtualHost>? spoil, params Pb.Route[] routes)
    {
        var host = new Pb.VirtualHost
        {
            Name = "good.test:80",
            Domains = { "good", "good:80" },
            Routes = { routes },
        };
        spoil?.Invoke(host);
        return new Pb.RouteConfiguration { Name = Table, VirtualHosts = { host } };
    }

    public static Pb.Route To(string cluster, Action<Pb.Route>? spoil = null)
    {
        var route = new Pb.Route
        {
            Match = new() { Prefix = "/" },
            Route_ = new() { Cluster = cluster, Timeout = new Duration() },
        };
        spoil?.Invoke(route);
        return route;
    }

    /// <summary>A route for one prefix before the one that keeps the rest working.</summary>
    public static Pb.RouteConfiguration RoutesWith(string prefix, Action<Pb.Route> spoil) =>
        Routes(
            To(
                Good,
                route =>
                {
                    route.Match = new() { Prefix = prefix };
                    spoil(route);
                }
            ),
            To(Good)
        );

    public static Pb.RouteConfiguration WithRequestHeader(string name, string value) =>
        RoutesWith("/", route => route.RequestHeadersToAdd.Add(Option(name, value)));

    public static Pb.RouteConfiguration WithResponseHeader(string name, string value) =>
        RoutesWith("/", route => route.ResponseHeadersToAdd.Add(Option(name, value)));

    public static Pb.RegexMatcher Regex(string regex) => new() { Regex = regex };

    public static Pb.Address Address(string address, uint port) =>
        new()
        {
            SocketAddress = new() { Address = address, PortValue = port },
        };

    public static Any Pack(IMessage message) =>
        new() { TypeUrl = TypeUrls.Prefix + message.Descriptor.FullName, Value = message.ToByteString() };

    private static Pb.HeaderValueOption Option(string name, string value) =>
        new()
        {
            Header = new() { Key = name, Value = value },
        };
}
