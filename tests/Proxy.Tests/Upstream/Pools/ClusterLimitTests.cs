using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Limits of a cluster over one and several endpoints.</summary>
public sealed class ClusterLimitTests
{
    [Fact]
    public async Task The_sixth_request_waits_where_five_connections_are_allowed()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 5 });
        var five = Enumerable.Range(0, 5).Select(_ => pool.RentNow()).ToList();

        var sixth = pool.Rent();

        Assert.False(sixth.IsCompleted);
        Assert.Equal((5, 1, 1L), (pool.Counters.Connections, pool.Counters.PendingRequests, pool.Counters.ConnectionsOverflow));
        five[3].Return(reusable: true);
        Assert.Same(five[3], (await sixth).Connection);
    }

    [Fact]
    public async Task One_more_than_may_wait_is_refused_at_once()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 1, MaxPendingRequests = 2 });
        pool.RentNow();
        Assert.False(pool.Rent().IsCompleted);
        Assert.False(pool.Rent().IsCompleted);

        Assert.Equal(RentStatus.Overflow, (await pool.Rent()).Status);

        Assert.Equal((2, 1L), (pool.Counters.PendingRequests, pool.Counters.PendingOverflow));
    }

    [Fact]
    public async Task A_request_whose_connection_is_being_opened_counts_as_waiting()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxPendingRequests = 1 }) { ConnectsAtOnce = false };
        var first = pool.Rent();

        Assert.Equal(RentStatus.Overflow, (await pool.Rent()).Status);

        pool.Connect();
        Assert.Equal(RentStatus.Ready, (await first).Status);
        Assert.False(pool.Rent().IsCompleted);
    }

    [Fact]
    public async Task Requests_in_flight_are_limited_whatever_connections_are_idle()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxRequests = 2 });
        var third = pool.RentNow();
        var first = pool.RentNow();
        third.Return(reusable: true);
        var second = pool.RentNow();

        Assert.Equal(RentStatus.Overflow, (await pool.Rent()).Status);

        Assert.Equal(1, pool.Counters.PendingOverflow);
        first.Return(reusable: true);
        second.Return(reusable: true);
        Assert.Equal(0, pool.Counters.Requests);
        pool.RentNow();
    }

    [Fact]
    public async Task Where_connections_are_the_narrower_limit_requests_wait_for_both()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 1, MaxRequests = 1 });
        var first = pool.RentNow();
        var second = pool.Rent();
        Assert.False(second.IsCompleted);

        first.Return(reusable: true);

        Assert.Equal(RentStatus.Ready, (await second).Status);
    }

    [Fact]
    public void Each_endpoint_may_have_one_connection_whatever_the_limit()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 1 }, endpoints: 3);

        pool.RentNow(0);
        pool.RentNow(1);
        pool.RentNow(2);

        Assert.Equal(3, pool.Counters.Connections);
        Assert.False(pool.Rent(2).IsCompleted);
    }

    [Fact]
    public async Task An_idle_connection_gives_its_place_to_an_endpoint_that_needs_one()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 3 }, endpoints: 2);
        var idle = new[] { pool.RentNow(0), pool.RentNow(0) };
        idle[0].Return(reusable: true);
        idle[1].Return(reusable: true);
        pool.RentNow(1);

        Assert.Equal(RentStatus.Ready, (await pool.Rent(1)).Status);

        Assert.Equal(3, pool.Counters.Connections);
        Assert.True(idle[0].Transport is FakeTransport { Closed: true }, "the one that was idle longest goes");
    }

    [Fact]
    public async Task A_connection_that_becomes_idle_gives_its_place_to_an_endpoint_that_waits_already()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 3 }, endpoints: 2);
        var other = new[] { pool.RentNow(0), pool.RentNow(0) };
        pool.RentNow(1);
        var waiting = pool.Rent(1);
        Assert.False(waiting.IsCompleted);

        other[0].Return(reusable: true);

        Assert.Equal(RentStatus.Ready, (await waiting).Status);
        Assert.Equal(3, pool.Counters.Connections);
        Assert.True(other[0].Transport is FakeTransport { Closed: true });
    }

    [Fact]
    public async Task A_place_that_becomes_free_goes_to_the_endpoint_that_waits_for_it()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 2 }, endpoints: 2);
        var other = new[] { pool.RentNow(0), pool.RentNow(0) };
        pool.RentNow(1);
        var waiting = pool.Rent(1);
        Assert.False(waiting.IsCompleted);

        // Three are open where two are allowed, so that the first that goes frees no place.
        other[0].Return(reusable: false);
        Assert.False(waiting.IsCompleted);
        other[1].Return(reusable: false);

        Assert.Equal(RentStatus.Ready, (await waiting).Status);
        Assert.Equal(2, pool.Counters.Connections);
    }

    [Fact]
    public void Connections_of_one_endpoint_can_be_limited_too()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnectionsPerEndpoint = 1 }, endpoints: 2);
        pool.RentNow(0);
        pool.RentNow(1);

        Assert.False(pool.Rent(0).IsCompleted);
    }

    [Fact]
    public async Task A_higher_limit_holds_for_those_who_wait_already()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnections = 1 });
        pool.RentNow();
        var waiting = pool.Rent();

        pool.Change(new ClusterLimits { MaxConnections = 2 });

        Assert.Equal(RentStatus.Ready, (await waiting).Status);
    }

    [Fact]
    public void Retries_in_flight_are_limited()
    {
        var counters = new ClusterCounters();
        var limits = new ClusterLimits { MaxRetries = 1 };
        Assert.True(counters.TryBeginRetry(limits));
        Assert.False(counters.TryBeginRetry(limits));
        counters.EndRetry();

        Assert.True(counters.TryBeginRetry(limits));
        Assert.Equal(1, counters.RetryOverflow);
    }
}
