using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Connections;

/// <summary>Where a connection to a pod of a headless service goes.</summary>
public sealed class EndpointResolverTests
{
    private static readonly IPEndPoint First = IPEndPoint.Parse("10.0.0.1:5432");
    private static readonly IPEndPoint Second = IPEndPoint.Parse("10.0.0.2:5432");

    private readonly EndpointResolver _resolver = new(
        new ProxyOptions
        {
            Node = ProxyNode.Parse("sidecar~127.0.0.1~productpage.default~default.svc.cluster.local", out _)!,
            Ads = new DnsEndPoint("127.0.0.1", 1),
            Capture = CaptureMode.Redirect,
        }
    );

    [Theory]
    [InlineData("10.0.0.2:5432", "10.0.0.2:5432", "second")]
    [InlineData("10.0.0.1:5432", "10.0.0.1:5432", "first")]
    // The pod serves the service's port at another one.
    [InlineData("10.0.0.2:6000", "10.0.0.2:5432", "second")]
    // Gone from the list: still who was meant, and as strangers are spoken to.
    [InlineData("10.0.0.9:5432", "10.0.0.9:5432", "rest")]
    public void It_goes_to_the_very_pod_that_is_dialled(string dialled, string address, string settings)
    {
        var cluster = Pods();
        for (var i = 0; i < 3; i++)
        {
            var endpoint = Resolve(cluster, IPEndPoint.Parse(dialled))!;
            Assert.Equal(IPEndPoint.Parse(address), endpoint.Address);
            Assert.Equal(settings, cluster.TransportOf(endpoint).Source?.Address is { } source ? Name(source) : "");
        }
    }

    [Fact]
    public void Who_dials_a_listener_of_the_proxys_own_means_the_service()
    {
        var cluster = Pods();
        var own = IPEndPoint.Parse("127.0.0.1:5432");
        var picked = Enumerable.Range(0, 4).Select(_ => Resolve(cluster, own, own)!.Address).Distinct().Count();
        Assert.Equal(2, picked);
    }

    [Fact]
    public void HTTP_is_balanced_as_usual()
    {
        var cluster = Pods();
        var context = new PickContext(cluster);
        var target = Target(First, null);
        Assert.NotEqual(
            _resolver.Resolve(context, target, TestConfig.Outbound())!.Address,
            _resolver.Resolve(context, target, TestConfig.Outbound())!.Address
        );
    }

    private Endpoint? Resolve(Cluster cluster, IPEndPoint dialled, IPEndPoint? bound = null) =>
        _resolver.ResolveConnection(new PickContext(cluster), Target(dialled, bound), TestConfig.Outbound());

    private static ConnectionTarget Target(IPEndPoint destination, IPEndPoint? bound) =>
        new()
        {
            Inbound = false,
            Destination = destination,
            Bound = bound,
            Port = destination.Port,
            Local = destination,
            Remote = IPEndPoint.Parse("10.0.9.9:1"),
        };

    private static Cluster Pods()
    {
        ImmutableArray<Endpoint> endpoints = [Pod(First, "192.0.2.1"), Pod(Second, "192.0.2.2")];
        return new()
        {
            Name = "outbound|5432||db.default.svc.cluster.local",
            ServiceHost = "db.default.svc.cluster.local",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Transport = Settings("192.0.2.9"),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            GoesWhereDialed = true,
            State = new ClusterState(),
        };
    }

    private static Endpoint Pod(IPEndPoint address, string settings) =>
        new()
        {
            Address = address,
            Weight = 1,
            Workload = WorkloadInfo.Unknown,
            State = new EndpointState(),
            Transport = Settings(settings),
        };

    // Told apart by something that is easily seen.
    private static TransportSettings Settings(string source) => new(null, null, new DialSource(IPAddress.Parse(source), IsOthers: false));

    private static string Name(IPAddress source) =>
        source.ToString() switch
        {
            "192.0.2.1" => "first",
            "192.0.2.2" => "second",
            _ => "rest",
        };
}
