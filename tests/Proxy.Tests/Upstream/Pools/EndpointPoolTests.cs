using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>What happens to the connections of one endpoint.</summary>
public sealed class EndpointPoolTests
{
    [Fact]
    public void The_connection_returned_last_is_rented_first()
    {
        using var pool = new PoolFixture();
        var first = pool.RentNow();
        var second = pool.RentNow();
        second.Return(reusable: true);
        first.Return(reusable: true);

        Assert.Same(first, pool.RentNow());
        Assert.Same(second, pool.RentNow());
        Assert.Equal(2, pool.Made.Count);
    }

    [Fact]
    public void A_connection_that_cannot_be_reused_is_closed_when_returned()
    {
        using var pool = new PoolFixture();
        pool.RentNow().Return(reusable: false);

        Assert.True(pool.Made[0].Closed);
        Assert.Equal((0, 0), (pool.Counters.Connections, pool.Counters.Requests));
    }

    [Fact]
    public void A_connection_on_which_the_peer_spoke_or_hung_up_is_not_rented_again()
    {
        using var pool = new PoolFixture();
        pool.RentNow().Return(reusable: true);
        pool.Made[0].PeerSpoke = true;

        var connection = pool.RentNow();

        Assert.True(pool.Made[0].Closed);
        Assert.Same(pool.Made[1], connection.Transport);
        Assert.False(connection.IsReused);
    }

    [Fact]
    public void A_connection_on_which_the_peer_hung_up_is_closed_by_the_sweep()
    {
        using var pool = new PoolFixture();
        pool.RentNow().Return(reusable: true);
        pool.Made[0].PeerSpoke = true;

        pool.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(pool.Made[0].Closed);
        Assert.Equal(0, pool.Counters.Connections);
    }

    [Fact]
    public void The_sweep_asks_all_of_many_idle_connections_in_turn()
    {
        using var pool = new PoolFixture();
        var rented = Enumerable.Range(0, 300).Select(_ => pool.RentNow()).ToList();
        rented.ForEach(connection => connection.Return(reusable: true));
        pool.Made.ForEach(transport => transport.PeerSpoke = true);

        for (var second = 0; second < 20; second++)
        {
            pool.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(pool.Open);
    }

    [Fact]
    public void A_connection_is_closed_after_its_last_allowed_request()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxRequestsPerConnection = 2 });
        pool.RentNow().Return(reusable: true);
        var again = pool.RentNow();
        Assert.True(again.IsReused);
        again.Return(reusable: true);

        Assert.True(pool.Made[0].Closed);
        Assert.Equal(1, pool.RentNow().Requests);
    }

    [Fact]
    public void An_idle_connection_is_not_used_after_its_time_and_closed_within_a_second()
    {
        using var pool = new PoolFixture(new ClusterLimits { IdleTimeout = TimeSpan.FromMilliseconds(2500) });
        pool.RentNow().Return(reusable: true);
        pool.Time.Advance(TimeSpan.FromMilliseconds(2499));
        var connection = pool.RentNow();
        Assert.True(connection.IsReused);
        connection.Return(reusable: true);

        pool.Time.Advance(TimeSpan.FromMilliseconds(2500));

        Assert.True(pool.Made[0].Closed);
        Assert.False(pool.RentNow().IsReused);
    }

    [Fact]
    public void A_connection_in_use_is_not_idle()
    {
        using var pool = new PoolFixture(new ClusterLimits { IdleTimeout = TimeSpan.FromSeconds(1) });
        var connection = pool.RentNow();

        pool.Time.Advance(TimeSpan.FromHours(1));

        Assert.False(pool.Made[0].Closed);
        connection.Return(reusable: true);
        Assert.Same(connection, pool.RentNow());
    }

    [Fact]
    public void A_connection_ends_with_its_longest_life_but_not_under_a_request()
    {
        using var pool = new PoolFixture(new ClusterLimits { MaxConnectionDuration = TimeSpan.FromSeconds(10) });
        var connection = pool.RentNow();
        pool.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(pool.Made[0].Closed);

        connection.Return(reusable: true);

        Assert.True(pool.Made[0].Closed);
        pool.RentNow().Return(reusable: true);
        pool.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(pool.Made[1].Closed);
    }

    [Fact]
    public void A_retired_endpoint_keeps_no_connection_but_serves_late_requests()
    {
        using var pool = new PoolFixture();
        var inUse = pool.RentNow();
        pool.RentNow().Return(reusable: true);

        pool.Retire();

        Assert.True(pool.Made[1].Closed);
        Assert.False(pool.Made[0].Closed);
        inUse.Return(reusable: true);
        Assert.True(pool.Made[0].Closed);
        pool.RentNow().Return(reusable: true);
        Assert.Empty(pool.Open);
        Assert.Equal(0, pool.Counters.Connections);
    }

    [Fact]
    public void An_endpoint_that_comes_back_keeps_its_connections_again()
    {
        using var pool = new PoolFixture();
        pool.RentNow().Return(reusable: true);
        pool.Retire();

        pool.Change(ClusterLimits.None);

        pool.RentNow().Return(reusable: true);
        Assert.True(pool.RentNow().IsReused);
    }

    [Fact]
    public void Connections_made_with_other_settings_are_not_used()
    {
        using var pool = new PoolFixture();
        var old = pool.RentNow();
        pool.RentNow().Return(reusable: true);

        pool.Change(ClusterLimits.None, new TransportSettings(new TcpKeepalive(3, 10, 5)));

        Assert.True(pool.Made[1].Closed);
        Assert.False(pool.RentNow().IsReused);
        old.Return(reusable: true);
        Assert.True(pool.Made[0].Closed);
        Assert.Equal(1, pool.Counters.Connections);
    }

    [Fact]
    public void Equal_settings_of_a_new_configuration_keep_the_connections()
    {
        using var pool = new PoolFixture();
        pool.Change(ClusterLimits.None, new TransportSettings(new TcpKeepalive(3, 10, 5)));
        pool.RentNow().Return(reusable: true);

        pool.Change(new ClusterLimits { MaxConnections = 7 }, new TransportSettings(new TcpKeepalive(3, 10, 5)));

        Assert.True(pool.RentNow().IsReused);
    }

    [Fact]
    public void Returning_a_connection_twice_is_a_bug()
    {
        using var pool = new PoolFixture();
        var connection = pool.RentNow();
        connection.Return(reusable: true);

        Assert.Throws<InvalidOperationException>(() => connection.Return(reusable: true));
    }

    [Fact]
    public void Connections_are_opened_ahead_where_the_ratio_says_so()
    {
        using var pool = new PoolFixture(new ClusterLimits { PreconnectRatio = 1.5 });
        pool.RentNow();
        Assert.Equal(2, pool.Made.Count); // 1 × 1.5

        Assert.False(pool.RentNow().IsReused);
        Assert.Equal(3, pool.Made.Count); // 2 × 1.5: one of them was there already
    }
}
