using System.Net;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Pools of one cluster on a manual clock, whose connects end when the test says so.</summary>
internal sealed class PoolFixture : IDisposable
{
    private readonly Queue<(IPEndPoint Address, TaskCompletionSource<UpstreamTransport> Done)> _connecting = new();

    public PoolFixture(ClusterLimits? limits = null, int endpoints = 1)
    {
        // With the test runner's context a connect that ends here would go on later and elsewhere.
        SynchronizationContext.SetSynchronizationContext(null);
        Pools = new UpstreamPools(Dial, Time);
        Cluster = Of(limits ?? ClusterLimits.None, TestClusters.Endpoints([.. Enumerable.Repeat(1u, endpoints)]), new ClusterState());
    }

    public ManualTime Time { get; } = new();

    public UpstreamPools Pools { get; }

    public Cluster Cluster { get; private set; }

    public ClusterCounters Counters => Cluster.State.Counters;

    /// <summary>Every connection that was ever made, in order.</summary>
    public List<FakeTransport> Made { get; } = [];

    public IEnumerable<FakeTransport> Open => Made.Where(transport => !transport.Closed);

    /// <summary>Connects that nobody has ended yet.</summary>
    public int Connecting => _connecting.Count;

    /// <summary>Connects end at once.</summary>
    public bool ConnectsAtOnce { get; set; } = true;

    public Wish Rent(int endpoint = 0, CancellationToken cancellation = default) =>
        new(Pools.RentAsync(Cluster, Cluster.Endpoints[endpoint], cancellation));

    /// <summary>One that must come at once.</summary>
    public UpstreamConnection RentNow(int endpoint = 0)
    {
        var rented = Pools.RentAsync(Cluster, Cluster.Endpoints[endpoint], CancellationToken.None);
        var result = rented.IsCompletedSuccessfully ? rented.Result : throw new InvalidOperationException("It has to wait.");
        Assert.Equal(RentStatus.Ready, result.Status);
        return result.Connection!;
    }

    public FakeTransport Connect()
    {
        var (address, done) = _connecting.Dequeue();
        var transport = Make(address);
        done.SetResult(transport);
        return transport;
    }

    public void FailConnect(bool timedOut = false) =>
        _connecting.Dequeue().Done.SetException(new UpstreamConnectException("refused", null) { TimedOut = timedOut });

    /// <summary>A configuration with other limits or other connections is in force.</summary>
    public void Change(ClusterLimits limits, TransportSettings? transport = null)
    {
        Cluster = Of(limits, Cluster.Endpoints, Cluster.State, transport);
        foreach (var endpoint in Cluster.Endpoints)
        {
            endpoint.State.Connections.Follow(Cluster, endpoint);
        }
    }

    public void Retire()
    {
        foreach (var endpoint in Cluster.Endpoints)
        {
            endpoint.State.Retire();
        }
    }

    public void Dispose() => Pools.Dispose();

    private static Cluster Of(
        ClusterLimits limits,
        System.Collections.Immutable.ImmutableArray<Endpoint> endpoints,
        ClusterState state,
        TransportSettings? transport = null
    ) =>
        new()
        {
            Name = "outbound|80||shop",
            ServiceHost = "shop",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            State = state,
            Limits = limits,
            Transport = transport ?? TransportSettings.Plain,
        };

    private ValueTask<UpstreamTransport> Dial(IPEndPoint address, Cluster cluster, TransportSettings settings)
    {
        if (ConnectsAtOnce)
        {
            return new(Make(address));
        }

        var done = new TaskCompletionSource<UpstreamTransport>();
        _connecting.Enqueue((address, done));
        return new(done.Task);
    }

    private FakeTransport Make(IPEndPoint address)
    {
        var transport = new FakeTransport(address);
        Made.Add(transport);
        return transport;
    }
}
