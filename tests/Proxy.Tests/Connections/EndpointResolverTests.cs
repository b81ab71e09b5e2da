using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Connections;

/// <summary>Where a connection, and a request, to a pod of a headless service goes.</summary>
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

    [Theory]
    [InlineData("10.0.0.2:5432", "10.0.0.2:5432")]
    [InlineData("10.0.0.1:5432", "10.0.0.1:5432")]
    public void A_request_to_the_service_goes_to_the_pod_that_is_dialled(string dialled, string address)
    {
        var cluster = Pods();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(IPEndPoint.Parse(address), Request(cluster, "db.default.svc.cluster.local", dialled)!.Address);
        }
    }

    [Theory]
    [InlineData("db-1.db.default.svc.cluster.local")]
    [InlineData("db-1.db.default.svc")]
    [InlineData("db-1.db.default")]
    [InlineData("db-1.db")]
    public void A_request_to_a_pods_name_goes_to_that_pod_whatever_was_dialled(string host)
    {
        var cluster = Pods();
        foreach (var dialled in new[] { null, "10.0.0.1:5432", "10.0.0.2:5432", "10.0.0.9:5432" })
        {
            Assert.Equal(Second, Request(cluster, host, dialled)!.Address);
        }
    }

    [Fact]
    public void A_request_to_a_pod_that_nobody_lists_goes_where_it_was_dialled_or_nowhere()
    {
        var cluster = Pods();
        Assert.Equal(IPEndPoint.Parse("10.0.0.9:5432"), Request(cluster, "db-9.db.default.svc.cluster.local", "10.0.0.9:5432")!.Address);
        Assert.Null(Request(cluster, "db-9.db.default.svc.cluster.local", null));
        // The address has come to be another pod's.
        Assert.Null(Request(cluster, "db-9.db", "10.0.0.1:5432"));
    }

    [Fact]
    public void A_request_to_the_service_that_dials_none_of_its_pods_is_balanced()
    {
        var cluster = Pods();
        foreach (var dialled in new[] { null, "10.0.0.9:5432" })
        {
            foreach (var host in new[] { "db.default.svc.cluster.local", "db.default", "db", "elsewhere.example" })
            {
                Assert.NotEqual(Request(cluster, host, dialled)!.Address, Request(cluster, host, dialled)!.Address);
            }
        }
    }

    [Fact]
    public void A_repetition_and_a_request_to_an_ejected_pod_go_to_others()
    {
        var cluster = Pods();
        var tried = cluster.Endpoints[..1];
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(Second, Request(cluster, "db.default", "10.0.0.1:5432", avoid: tried.AsSpan())!.Address);
            Assert.Equal(First, Request(cluster, "db-0.db.default", "10.0.0.1:5432", avoid: tried.AsSpan())!.Address);
        }
    }

    [Fact]
    public void Affinity_by_hash_has_the_say_for_the_service_and_not_for_a_pod()
    {
        var cluster = Pods(new BalancerSettings(BalancerKind.Maglev) { TableSize = 251 });
        var dialled = Enumerable
            .Range(1, 40)
            .Select(hash => Request(cluster, "db.default", "10.0.0.1:5432", new RequestHash((ulong)hash * 7919))!.Address)
            .Distinct();
        Assert.Equal(2, dialled.Count());
        Assert.Equal(First, Request(cluster, "db-0.db.default", null, new RequestHash(5))!.Address);
        Assert.Equal(Second, Request(cluster, "db.default", "10.0.0.2:5432")!.Address);
    }

    [Fact]
    public void Finding_the_pod_allocates_nothing()
    {
        var cluster = Pods();
        var target = Target(First, null);
        var config = TestConfig.Outbound();
        void Ask()
        {
            _resolver.ResolveRequest(new PickContext(cluster), target, config, "db-1.db.default.svc"u8);
            _resolver.ResolveRequest(new PickContext(cluster), target, config, "db.default.svc"u8);
        }

        Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Ask();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private Endpoint? Request(
        Cluster cluster,
        string host,
        string? dialled,
        RequestHash hash = default,
        ReadOnlySpan<Endpoint> avoid = default
    ) =>
        _resolver.ResolveRequest(
            new PickContext(cluster) { Hash = hash, Avoid = avoid },
            Target(dialled is null ? null : IPEndPoint.Parse(dialled), null),
            TestConfig.Outbound(),
            System.Text.Encoding.ASCII.GetBytes(host)
        );

    private Endpoint? Resolve(Cluster cluster, IPEndPoint dialled, IPEndPoint? bound = null) =>
        _resolver.ResolveConnection(new PickContext(cluster), Target(dialled, bound), TestConfig.Outbound());

    private static ConnectionTarget Target(IPEndPoint? destination, IPEndPoint? bound) =>
        new()
        {
            Inbound = false,
            Destination = destination,
            Bound = bound,
            Port = (destination ?? First).Port,
            Local = destination ?? First,
            Remote = IPEndPoint.Parse("10.0.9.9:1"),
        };

    private static Cluster Pods(BalancerSettings? settings = null)
    {
        ImmutableArray<Endpoint> endpoints = [Pod(First, "192.0.2.1", "db-0"), Pod(Second, "192.0.2.2", "db-1")];
        return new()
        {
            Name = "outbound|5432||db.default.svc.cluster.local",
            ServiceHost = "db.default.svc.cluster.local",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Transport = Settings("192.0.2.9"),
            Endpoints = endpoints,
            Balancer = LoadBalancer.Create(endpoints, settings ?? new(BalancerKind.RoundRobin), new Random(1), TimeProvider.System),
            GoesWhereDialed = true,
            State = new ClusterState(),
        };
    }

    private static Endpoint Pod(IPEndPoint address, string settings, string name) =>
        new()
        {
            HostName = name + ".db.default.svc.cluster.local",
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
