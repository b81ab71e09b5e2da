using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Which HTTP/2 handler a request gets, and when handlers go.</summary>
public sealed class Http2PoolTests
{
    private readonly List<Handler> _made = [];

    [Fact]
    public void One_handler_carries_all_where_nothing_is_limited()
    {
        var pool = Pool();
        var rented = Enumerable.Range(0, 100).Select(_ => pool.Rent()).ToList();

        Assert.Single(rented.Distinct());
        rented.ForEach(handler => handler.Return());
        Assert.Same(rented[0], pool.Rent());
    }

    [Fact]
    public void Another_handler_is_added_for_each_full_set_of_streams_and_the_first_with_room_is_taken()
    {
        var pool = Pool(streams: 2);
        var rented = Enumerable.Range(0, 5).Select(_ => pool.Rent()).ToList();
        Assert.Equal(3, _made.Count);

        rented[0].Return();

        Assert.Same(rented[0], pool.Rent());
        Assert.Same(rented[4], pool.Rent());
    }

    [Fact]
    public void A_handler_is_closed_after_its_last_allowed_request()
    {
        var pool = Pool(requests: 2);
        var first = pool.Rent();
        var second = pool.Rent();
        var third = pool.Rent();
        Assert.Same(first, second);
        Assert.NotSame(first, third);

        first.Return();
        Assert.False(_made[0].Disposed);
        second.Return();

        Assert.True(_made[0].Disposed);
        Assert.False(_made[1].Disposed);
    }

    [Fact]
    public void A_retired_pool_closes_each_handler_with_its_last_request_and_serves_late_ones()
    {
        var pool = Pool(streams: 1);
        var active = pool.Rent();
        pool.Rent().Return();

        pool.SetRetired(true);

        Assert.Equal([false, true], _made.Select(handler => handler.Disposed));
        active.Return();
        Assert.True(_made[0].Disposed);
        pool.Rent().Return();
        Assert.True(_made[2].Disposed);
    }

    private Http2Pool Pool(uint streams = ClusterLimits.Unlimited, uint requests = ClusterLimits.Unlimited)
    {
        var limits = new ClusterLimits { MaxConcurrentStreams = streams, MaxRequestsPerConnection = requests };
        using var fixture = new PoolFixture(limits);
        return new Http2Pool(
            Http2Settings.Of(fixture.Cluster, fixture.Cluster.Endpoints[0]),
            () =>
            {
                var handler = new Handler();
                _made.Add(handler);
                return handler;
            }
        );
    }

    private sealed class Handler : HttpMessageHandler
    {
        public bool Disposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            Disposed = true;
            base.Dispose(disposing);
        }
    }
}
