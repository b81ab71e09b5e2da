using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The small messages that most resources are put together from.</summary>
internal static class XdsMessages
{
    /// <summary>Time-outs that the API would otherwise fill with a default of its own are sent as zero: none.</summary>
    public static Duration NoTimeout => new();

    /// <summary>Fetch it over the stream that brought this resource.</summary>
    public static Pb.ConfigSource Ads() => new() { Ads = new Pb.AggregatedConfigSource(), ResourceApiVersion = Pb.ApiVersion.V3 };

    public static Pb.Address Address(string address, int port) =>
        new()
        {
            SocketAddress = new Pb.SocketAddress { Address = address, PortValue = (uint)port },
        };

    public static Duration Duration(TimeSpan value) => Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(value);

    public static Pb.Filter Filter(string name, IMessage config) => new() { Name = name, TypedConfig = Any.Pack(config) };

    public static Pb.ListenerFilter ListenerFilter(string name, IMessage config) => new() { Name = name, TypedConfig = Any.Pack(config) };

    /// <summary>Injects nothing by itself: what it does stands with the routes.</summary>
    public static Pb.HttpFilter Fault() => new() { Name = ExtensionNames.Fault, TypedConfig = Any.Pack(new Pb.HTTPFault()) };

    /// <summary>Does nothing by itself: what it does stands with the routes.</summary>
    public static Pb.HttpFilter Cors() => new() { Name = ExtensionNames.Cors, TypedConfig = Any.Pack(new Pb.HttpCors.Cors()) };

    public static Pb.HttpFilter Router() => new() { Name = ExtensionNames.Router, TypedConfig = Any.Pack(new Pb.Router()) };

    public static Pb.Filter TcpProxy(string statPrefix, string cluster, params IEnumerable<Pb.HashPolicy> hashPolicies) =>
        Filter(
            ExtensionNames.TcpProxy,
            new Pb.TcpProxy
            {
                StatPrefix = statPrefix,
                Cluster = cluster,
                IdleTimeout = NoTimeout,
                HashPolicy = { hashPolicies },
            }
        );

    public static Pb.FilterChain Chain(string name, Pb.FilterChainMatch? match, params IEnumerable<Pb.Filter> filters)
    {
        var chain = new Pb.FilterChain { Name = name, FilterChainMatch = match };
        chain.Filters.AddRange(filters);
        return chain;
    }

    /// <summary>What the first bytes of a cleartext connection are called once they turned out to be HTTP.</summary>
    public static Pb.FilterChainMatch SniffedHttp() => new() { ApplicationProtocols = { "http/1.0", "http/1.1", "h2c" } };
}
