using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

/// <summary>Builds the messages that a control plane sends, in its layout.</summary>
internal static class Wire
{
    public static readonly DateTimeOffset Then = DateTimeOffset.UnixEpoch.AddYears(50);

    public static string ClusterOf(string host, int port, string subset = "") => ResourceNames.Outbound(port, subset, host);

    public static Pb.Cluster Eds(string name, Action<Pb.Cluster>? more = null)
    {
        var cluster = new Pb.Cluster
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.Eds,
            EdsClusterConfig = new() { EdsConfig = new() { Ads = new() } },
            ConnectTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)),
        };
        more?.Invoke(cluster);
        return cluster;
    }

    public static Pb.Cluster OriginalDestination(string name) =>
        new()
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.OriginalDst,
            LbPolicy = Pb.Cluster.Types.LbPolicy.ClusterProvided,
        };

    public static Pb.Cluster BlackHole() => new() { Name = ResourceNames.BlackHole, Type = Pb.Cluster.Types.DiscoveryType.Static };

    public static Pb.Cluster Dns(string name, string host, int port) =>
        new()
        {
            Name = name,
            Type = Pb.Cluster.Types.DiscoveryType.StrictDns,
            LoadAssignment = Endpoints(name, (host, port)),
        };

    public static Pb.ClusterLoadAssignment Endpoints(string name, params (string Address, int Port)[] endpoints)
    {
        var assignment = new Pb.ClusterLoadAssignment { ClusterName = name };
        var locality = new Pb.LocalityLbEndpoints { Locality = new(), LoadBalancingWeight = 1 };
        locality.LbEndpoints.AddRange(endpoints.Select(e => Endpoint(e.Address, e.Port)));
        assignment.Endpoints.Add(locality);
        return assignment;
    }

    public static Pb.LbEndpoint Endpoint(string address, int port) =>
        new()
        {
            Endpoint = new() { Address = Address(address, port) },
            HealthStatus = Pb.HealthStatus.Healthy,
            LoadBalancingWeight = 1,
        };

    public static Pb.Address Address(string address, int port) =>
        new()
        {
            SocketAddress = new() { Address = address, PortValue = (uint)port },
        };

    public static Pb.RouteConfiguration Routes(string name, params Pb.VirtualHost[] hosts)
    {
        var config = new Pb.RouteConfiguration { Name = name };
        config.VirtualHosts.AddRange(hosts);
        return config;
    }

    public static Pb.VirtualHost Host(string name, string domain, params Pb.Route[] routes)
    {
        var host = new Pb.VirtualHost { Name = name, Domains = { domain } };
        host.Routes.AddRange(routes);
        return host;
    }

    public static Pb.Route To(string cluster, string prefix = "/") =>
        new()
        {
            Name = "default",
            Match = new() { Prefix = prefix },
            Route_ = new() { Cluster = cluster, Timeout = new Duration() },
        };

    public static Pb.Route To(params (string Cluster, uint Weight)[] shares)
    {
        var route = new Pb.Route
        {
            Name = "weighted",
            Match = new() { Prefix = "/" },
            Route_ = new() { WeightedClusters = new() },
        };
        route.Route_.WeightedClusters.Clusters.AddRange(
            shares.Select(s => new Pb.WeightedCluster.Types.ClusterWeight { Name = s.Cluster, Weight = s.Weight })
        );
        return route;
    }

    public static Pb.Listener Listener(string name, string address, int port, params Pb.FilterChain[] chains)
    {
        var listener = new Pb.Listener
        {
            Name = name,
            Address = Address(address, port),
            BindToPort = false,
            TrafficDirection = Pb.TrafficDirection.Outbound,
        };
        foreach (var chain in chains)
        {
            if (chain.FilterChainMatch is null && chains.Length > 1)
            {
                listener.DefaultFilterChain = chain;
            }
            else
            {
                listener.FilterChains.Add(chain);
            }
        }

        return listener;
    }

    public static Pb.Listener HttpPort(int port) =>
        Listener($"0.0.0.0_{port}", "0.0.0.0", port, HttpChain(port.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    public static Pb.Listener VirtualOutbound(string cluster = ResourceNames.Passthrough) =>
        new()
        {
            Name = ResourceNames.VirtualOutbound,
            Address = Address("0.0.0.0", 15001),
            UseOriginalDst = true,
            DefaultFilterChain = TcpChain(cluster),
        };

    public static Pb.Listener VirtualInbound(string? workload, params Pb.FilterChain[] chains)
    {
        var listener = new Pb.Listener
        {
            Name = ResourceNames.VirtualInbound,
            Address = Address("0.0.0.0", 15006),
            TrafficDirection = Pb.TrafficDirection.Inbound,
            DefaultFilterChain = TcpChain(ResourceNames.InboundPassthrough),
            Metadata = workload is null ? null : Workload(workload),
        };
        listener.FilterChains.AddRange(chains);
        return listener;
    }

    public static Pb.Metadata Workload(string workload)
    {
        var fields = new Struct();
        fields.Fields["workload"] = Value.ForString(workload);
        return new Pb.Metadata { FilterMetadata = { ["istio"] = fields } };
    }

    public static Pb.FilterChain HttpChain(string routes, Pb.FilterChainMatch? match = null) =>
        Chain(
            new Pb.HttpConnectionManager
            {
                Rds = new()
                {
                    ConfigSource = new() { Ads = new() },
                    RouteConfigName = routes,
                },
                HttpFilters = { Router() },
            },
            match
        );

    public static Pb.FilterChain HttpChain(Pb.RouteConfiguration routes, Pb.FilterChainMatch? match = null) =>
        Chain(new Pb.HttpConnectionManager { RouteConfig = routes, HttpFilters = { Router() } }, match);

    public static Pb.FilterChain TcpChain(string cluster, Pb.FilterChainMatch? match = null) =>
        Chain(new Pb.TcpProxy { Cluster = cluster }, match);

    public static Pb.FilterChain Chain(IMessage filter, Pb.FilterChainMatch? match) =>
        new()
        {
            FilterChainMatch = match,
            Filters =
            {
                new Pb.Filter { Name = filter.Descriptor.Name, TypedConfig = Pack(filter) },
            },
        };

    /// <summary>What undeclared ports ask of the first bytes.</summary>
    public static Pb.FilterChainMatch SniffedHttp(int port = 0)
    {
        var match = new Pb.FilterChainMatch { ApplicationProtocols = { "http/1.0", "http/1.1", "h2c" } };
        if (port > 0)
        {
            match.DestinationPort = (uint)port;
        }

        return match;
    }

    public static Pb.FilterChainMatch OnPort(int port) => new() { DestinationPort = (uint)port };

    public static Pb.HttpFilter Router() => new() { Name = ExtensionNames.Router, TypedConfig = Pack(new Pb.Router()) };

    public static Any Pack(IMessage message) =>
        new() { TypeUrl = TypeUrls.Prefix + message.Descriptor.FullName, Value = message.ToByteString() };

    public static string NameOf(IMessage message) =>
        message switch
        {
            Pb.Cluster m => m.Name,
            Pb.ClusterLoadAssignment m => m.ClusterName,
            Pb.Listener m => m.Name,
            Pb.RouteConfiguration m => m.Name,
            Pb.Secret m => m.Name,
            _ => throw new ArgumentException($"{message.Descriptor.FullName} is not a resource", nameof(message)),
        };

    public static string TypeOf(IMessage message) => TypeUrls.Prefix + message.Descriptor.FullName;

    public static string VersionOf(IMessage message) => ContentHash.Of(message.ToByteArray());

    /// <summary>The reasons for which a resource is refused; empty where it is accepted.</summary>
    public static List<string> ProblemsOf(IMessage message)
    {
        var problems = new List<string>();
        ResourceReader.Read(TypeOf(message), NameOf(message), VersionOf(message), Pack(message), Then, problems);
        return problems;
    }

    public static XdsEntry Entry(IMessage message)
    {
        var problems = new List<string>();
        var entry = ResourceReader.Read(TypeOf(message), NameOf(message), VersionOf(message), Pack(message), Then, problems);
        Assert.Empty(problems);
        return entry!;
    }

    /// <summary>A set of accepted resources.</summary>
    public static XdsSet Set(params IMessage[] messages) => XdsSet.Empty.And(messages);

    /// <summary>The set with resources added or replaced.</summary>
    public static XdsSet And(this XdsSet set, params IMessage[] messages)
    {
        foreach (var message in messages)
        {
            set = set.With(TypeOf(message), [Entry(message)], []);
        }

        return set;
    }
}
