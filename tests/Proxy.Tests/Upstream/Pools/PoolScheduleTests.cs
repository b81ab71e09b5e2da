using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Nothing is ever counted that is not there, whatever happens in whatever order.</summary>
public sealed class PoolScheduleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task No_counter_leaks_under_a_random_schedule(int seed)
    {
        var random = new Random(seed);
        var limits = new ClusterLimits
        {
            MaxConnections = (uint)random.Next(1, 6),
            MaxPendingRequests = (uint)random.Next(1, 12),
            MaxRequests = (uint)random.Next(3, 10),
            MaxRequestsPerConnection = (uint)random.Next(1, 20),
            IdleTimeout = TimeSpan.FromSeconds(random.Next(2, 6)),
            MaxConnectionDuration = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(20),
            PreconnectRatio = random.Next(3) == 0 ? 1.5 : 1,
        };
        const int Endpoints = 3;
        using var pool = new PoolFixture(limits, Endpoints) { ConnectsAtOnce = false };
        var waiting = new List<(Wish Wish, CancellationTokenSource Patience)>();
        var rented = new List<UpstreamConnection>();
        for (var step = 0; step < 4000; step++)
        {
            switch (random.Next(12))
            {
                case <= 3:
                    var patience = new CancellationTokenSource();
                    waiting.Add((pool.Rent(random.Next(Endpoints), patience.Token), patience));
                    break;
                case <= 6 when rented.Count > 0:
                    var returned = rented[random.Next(rented.Count)];
                    rented.Remove(returned);
                    returned.Return(random.Next(4) > 0);
                    break;
                case 7 when pool.Connecting > 0:
                    pool.FailConnect();
                    break;
                case <= 8 when pool.Connecting > 0:
                    pool.Connect();
                    break;
                case 9 when waiting.Count > 0:
                    await waiting[random.Next(waiting.Count)].Patience.CancelAsync();
                    break;
                case 10 when pool.Open.Any():
                    pool.Open.ElementAt(random.Next(pool.Open.Count())).PeerSpoke = true;
                    break;
                case 11 when random.Next(20) == 0:
                    pool.Retire();
                    pool.Change(limits);
                    break;
                default:
                    pool.Time.Advance(TimeSpan.FromMilliseconds(random.Next(300)));
                    break;
            }

            await CollectAsync();
            Assert.Equal(pool.Open.Count() + pool.Connecting, pool.Counters.Connections);
            Assert.Equal(rented.Count, pool.Counters.Requests);
            Assert.Equal(waiting.Count, pool.Counters.PendingRequests);
            Assert.InRange(pool.Counters.Connections, 0, (int)limits.MaxConnections + Endpoints - 1);
            Assert.InRange(pool.Counters.Requests, 0, (int)limits.MaxRequests);
            Assert.InRange(pool.Counters.PendingRequests, 0, (int)limits.MaxPendingRequests);
        }

        while (waiting.Count + rented.Count + pool.Connecting > 0)
        {
            rented.ForEach(connection => connection.Return(reusable: true));
            rented.Clear();
            while (pool.Connecting > 0)
            {
                pool.Connect();
            }

            await CollectAsync();
        }

        pool.Retire();
        Assert.Empty(pool.Open);
        Assert.Equal((0, 0, 0), (pool.Counters.Connections, pool.Counters.Requests, pool.Counters.PendingRequests));

        async Task CollectAsync()
        {
            foreach (var (wish, patience) in waiting.Where(one => one.Wish.IsCompleted).ToList())
            {
                waiting.RemoveAll(one => one.Wish == wish);
                patience.Dispose();
                if ((await wish).Connection is { } connection)
                {
                    rented.Add(connection);
                }
            }
        }
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(3u)]
    public async Task Many_threads_neither_lose_a_connection_nor_exceed_the_limit(uint maxConnections)
    {
        var open = 0;
        var most = 0;
        using var pools = new UpstreamPools(
            async (address, _, _) =>
            {
                await Task.Yield();
                return new FakeTransport(address);
            },
            TimeProvider.System
        );
        var endpoints = TestClusters.Endpoints(1, 1);
        var cluster = new Cluster
        {
            Name = "outbound|80||shop",
            ServiceHost = "shop",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            State = new ClusterState(),
            Limits = new ClusterLimits { MaxConnections = maxConnections },
        };
        await Task.WhenAll(Enumerable.Range(0, 16).Select(WorkAsync)).WaitAsync(TimeSpan.FromMinutes(2));

        var counters = cluster.State.Counters;
        Assert.Equal((0, 0), (counters.Requests, counters.PendingRequests));
        Assert.InRange(most, 1, maxConnections == uint.MaxValue ? 16 : (int)maxConnections + 1);
        foreach (var endpoint in endpoints)
        {
            endpoint.State.Retire();
        }

        Assert.Equal(0, counters.Connections);

        async Task WorkAsync(int worker)
        {
            await Task.Yield();
            var random = new Random(worker);
            for (var i = 0; i < 3000; i++)
            {
                using var patience = random.Next(10) == 0 ? new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(2))) : null;
                var rented = await pools.RentAsync(cluster, endpoints[random.Next(2)], patience?.Token ?? CancellationToken.None);
                if (rented.Connection is not { } connection)
                {
                    Assert.Equal(RentStatus.Cancelled, rented.Status);
                    continue;
                }

                InterlockedMax(ref most, Interlocked.Increment(ref open));
                if (random.Next(8) == 0)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref open);
                connection.Return(random.Next(16) > 0);
            }
        }
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }
}
