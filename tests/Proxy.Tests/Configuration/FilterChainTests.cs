using System.Net;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

/// <summary>Which chain of a listener takes a connection: the most specific, address before name.</summary>
public sealed class FilterChainTests
{
    private static readonly Pb.Listener Listener = Wire.Listener(
        "0.0.0.0_443",
        "0.0.0.0",
        443,
        Chain("exact", names: ["a.example"]),
        Chain("suffix", names: ["*.example"]),
        Chain("longer", names: ["*.b.example"]),
        Chain("ten", ranges: [("10.0.0.0", 8)]),
        Chain("ten-one", names: ["a.example"], ranges: [("10.1.0.0", 16), ("2001:db8::", 32)]),
        Wire.TcpChain("default")
    );

    [Theory]
    [InlineData("9.9.9.9", "a.example", "exact")]
    [InlineData("9.9.9.9", "b.example", "suffix")]
    [InlineData("9.9.9.9", "x.y.example", "suffix")]
    [InlineData("9.9.9.9", "x.b.example", "longer")]
    [InlineData("9.9.9.9", "example", "default")]
    [InlineData("9.9.9.9", "other.test", "default")]
    [InlineData("9.9.9.9", null, "default")]
    [InlineData("10.9.9.9", "a.example", "ten")]
    [InlineData("10.9.9.9", null, "ten")]
    [InlineData("10.1.9.9", "a.example", "ten-one")]
    // Address first, and no way back: the name is only looked for among the chains of the longest range.
    [InlineData("10.1.9.9", "b.example", "default")]
    [InlineData("2001:db8::1", "a.example", "ten-one")]
    [InlineData("2001:db9::1", "a.example", "exact")]
    public void The_most_specific_chain_takes_a_TLS_connection(string destination, string? name, string cluster) =>
        Assert.Equal(cluster, ClusterFor(Listener, destination, new ClientHello(ClientHelloStatus.Complete, name)));

    [Theory]
    [InlineData("9.9.9.9", "default")]
    [InlineData("10.9.9.9", "ten")]
    [InlineData("10.1.9.9", "default")]
    public void Names_are_nothing_to_connections_that_are_not_TLS(string destination, string cluster) =>
        Assert.Equal(cluster, ClusterFor(Listener, destination, null));

    [Fact]
    public void Without_a_default_nobody_takes_the_rest()
    {
        var listener = Wire.Listener("l", "0.0.0.0", 443, Chain("exact", names: ["a.example"]));
        Assert.Equal("exact", ClusterFor(listener, "9.9.9.9", new ClientHello(ClientHelloStatus.Complete, "a.example")));
        Assert.Null(ClusterFor(listener, "9.9.9.9", new ClientHello(ClientHelloStatus.Complete, "b.example")));
        Assert.Null(ClusterFor(listener, "9.9.9.9", null));
    }

    [Fact]
    public void A_chain_for_TLS_takes_every_name_that_nobody_has()
    {
        var any = Chain("any");
        any.FilterChainMatch = new() { TransportProtocol = "tls" };
        var listener = Wire.Listener("l", "0.0.0.0", 443, Chain("exact", names: ["a.example"]), any, Wire.TcpChain("plain"));
        Assert.Equal("exact", ClusterFor(listener, "9.9.9.9", new ClientHello(ClientHelloStatus.Complete, "a.example")));
        Assert.Equal("any", ClusterFor(listener, "9.9.9.9", new ClientHello(ClientHelloStatus.Complete, "b.example")));
        Assert.Equal("any", ClusterFor(listener, "9.9.9.9", new ClientHello(ClientHelloStatus.Complete)));
        Assert.Equal("plain", ClusterFor(listener, "9.9.9.9", null));
    }

    [Fact]
    public void Ranges_alone_are_decided_without_a_byte_of_the_client()
    {
        var listener = Wire.Listener("l", "0.0.0.0", 443, Chain("ten", ranges: [("10.1.2.3", 8)]), Wire.TcpChain("default"));
        var traffic = TrafficFor(listener, "10.200.0.1");
        Assert.Null(traffic.Names);
        Assert.Equal("ten", traffic.Tcp!.Destinations[0].ClusterName);
    }

    [Theory]
    [InlineData("names twice", "takes connections that", new[] { "a.example" }, new[] { "A.example" })]
    [InlineData("star in the middle", "must be a name", new[] { "a.*.example" }, new string[0])]
    [InlineData("a lone star", "must be a name", new[] { "*" }, new string[0])]
    public void Chains_that_leave_open_who_takes_a_connection_are_refused(string what, string because, string[] first, string[] second)
    {
        var listener = Wire.Listener("l", "0.0.0.0", 443, Chain("one", names: first));
        if (second.Length > 0)
        {
            listener.FilterChains.Add(Chain("two", names: second));
        }

        Assert.True(Wire.ProblemsOf(listener) is [var problem] && problem.Contains(because, StringComparison.Ordinal), what);
    }

    [Fact]
    public void A_range_that_is_none_is_refused() =>
        Assert.Contains(
            "is not a range",
            Assert.Single(Wire.ProblemsOf(Wire.Listener("l", "0.0.0.0", 443, Chain("one", ranges: [("10.0.0.0", 33)])))),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_listener_whose_clusters_did_not_change_is_kept_by_reference()
    {
        var set = Set(Listener);
        var first = Compile(set, null);
        Assert.Same(first.Outbound.ByPort[443], Compile(set.And(Wire.Eds("another")), first).Outbound.ByPort[443]);
        Assert.NotSame(first.Outbound.ByPort[443], Compile(set.And(Wire.Dns("exact", "localhost", 1)), first).Outbound.ByPort[443]);
    }

    private static Pb.FilterChain Chain(string cluster, string[]? names = null, (string Address, uint Bits)[]? ranges = null)
    {
        var match = new Pb.FilterChainMatch();
        match.ServerNames.AddRange(names ?? []);
        match.PrefixRanges.AddRange(
            (ranges ?? []).Select(range => new Pb.CidrRange { AddressPrefix = range.Address, PrefixLen = range.Bits })
        );
        var chain = Wire.TcpChain(cluster, match);
        chain.Name = cluster;
        return chain;
    }

    private static string? ClusterFor(Pb.Listener listener, string destination, ClientHello? hello)
    {
        var traffic = TrafficFor(listener, destination);
        return (traffic.Names is not null && hello is { } said ? traffic.For(said) : traffic).Tcp?.Destinations[0].ClusterName;
    }

    private static ListenerTraffic TrafficFor(Pb.Listener listener, string destination)
    {
        var config = Compile(Set(listener), null);
        return new ConnectionTarget
        {
            Inbound = false,
            Destination = new IPEndPoint(IPAddress.Parse(destination), 443),
            Bound = null,
            Port = 443,
            Local = new IPEndPoint(IPAddress.Parse(destination), 443),
            Remote = new IPEndPoint(IPAddress.Loopback, 1),
        }.FindIn(config);
    }

    private static XdsSet Set(Pb.Listener listener) => Wire.Set(listener);

    private static ProxyConfig Compile(XdsSet set, ProxyConfig? previous) =>
        ConfigCompiler.Compile(
            set,
            previous,
            new CompileContext
            {
                Capture = CaptureMode.Redirect,
                NodeAddress = IPAddress.Loopback,
                Application = null,
            }
        );
}
