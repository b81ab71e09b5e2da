using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Requests that wait for a connection: their order, their end, and what becomes of a failed connect.</summary>
public sealed class PendingRequestTests
{
    private static readonly ClusterLimits One = new() { MaxConnections = 1 };

    [Fact]
    public async Task Waiting_requests_are_served_in_order_of_arrival()
    {
        using var pool = new PoolFixture(One);
        var connection = pool.RentNow();
        var waiting = Enumerable.Range(0, 5).Select(_ => pool.Rent()).ToList();
        Assert.Equal(5, pool.Counters.PendingRequests);

        for (var i = 0; i < waiting.Count; i++)
        {
            connection.Return(reusable: true);
            connection = (await waiting[i]).Connection!;
            Assert.All(waiting.Skip(i + 1), later => Assert.False(later.IsCompleted));
        }

        Assert.Single(pool.Made);
        Assert.Equal((0, 1), (pool.Counters.PendingRequests, pool.Counters.Requests));
    }

    [Fact]
    public async Task A_returned_connection_serves_who_waits_before_a_new_one_is_there()
    {
        using var pool = new PoolFixture();
        var first = pool.RentNow();
        pool.ConnectsAtOnce = false;
        var waiting = pool.Rent();
        Assert.Equal(1, pool.Connecting);

        first.Return(reusable: true);

        Assert.Same(first, (await waiting).Connection);
        pool.Connect();
        Assert.Same(pool.Made[1], pool.RentNow().Transport);
    }

    [Fact]
    public async Task Who_gives_up_leaves_the_queue_and_the_next_one_moves_up()
    {
        using var pool = new PoolFixture(One);
        var connection = pool.RentNow();
        using var patience = new CancellationTokenSource();
        var first = pool.Rent(cancellation: patience.Token);
        var second = pool.Rent();

        await patience.CancelAsync();

        Assert.Equal(RentStatus.Cancelled, (await first).Status);
        Assert.Equal(1, pool.Counters.PendingRequests);
        connection.Return(reusable: true);
        Assert.Same(connection, (await second).Connection);
    }

    [Fact]
    public async Task A_deadline_ends_the_wait_and_leaves_nothing_behind()
    {
        using var pool = new PoolFixture(One);
        var connection = pool.RentNow();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(3), pool.Time);
        var waiting = pool.Rent(cancellation: deadline.Token);
        pool.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.False(waiting.IsCompleted);

        pool.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(RentStatus.Cancelled, (await waiting).Status);
        connection.Return(reusable: true);
        Assert.Equal((0, 0), (pool.Counters.PendingRequests, pool.Counters.Requests));
        Assert.Same(connection, pool.RentNow());
    }

    [Fact]
    public async Task A_connection_whose_request_gave_up_becomes_idle()
    {
        using var pool = new PoolFixture { ConnectsAtOnce = false };
        using var patience = new CancellationTokenSource();
        var waiting = pool.Rent(cancellation: patience.Token);
        await patience.CancelAsync();
        Assert.Equal(RentStatus.Cancelled, (await waiting).Status);

        pool.Connect();

        Assert.Same(pool.Made[0], pool.RentNow().Transport);
    }

    [Fact]
    public async Task A_request_that_is_cancelled_already_opens_nothing()
    {
        using var pool = new PoolFixture();

        Assert.Equal(RentStatus.Cancelled, (await pool.Rent(cancellation: new CancellationToken(canceled: true))).Status);

        Assert.Empty(pool.Made);
        Assert.Equal(0, pool.Counters.PendingRequests);
    }

    [Fact]
    public async Task A_failed_connect_fails_one_request_for_which_nothing_else_is_opened()
    {
        using var pool = new PoolFixture { ConnectsAtOnce = false };
        var first = pool.Rent();
        var second = pool.Rent();

        pool.FailConnect();

        Assert.Equal((RentStatus.ConnectFailed, "refused"), ((await first).Status, (await first).Error));
        Assert.False(second.IsCompleted);
        pool.Connect();
        Assert.Equal(RentStatus.Ready, (await second).Status);
        Assert.Equal((1L, 0L), (pool.Counters.ConnectFailures, pool.Counters.ConnectTimeouts));
    }

    [Fact]
    public async Task Requests_beyond_the_limit_fail_with_the_last_connect()
    {
        using var pool = new PoolFixture(One) { ConnectsAtOnce = false };
        var waiting = Enumerable.Range(0, 4).Select(_ => pool.Rent()).ToList();
        Assert.Equal(1, pool.Connecting);

        pool.FailConnect(timedOut: true);

        foreach (var one in waiting)
        {
            Assert.Equal((RentStatus.ConnectTimedOut, Failure.ConnectTimeout), ((await one).Status, (await one).Failure));
        }

        Assert.Equal((0, 0), (pool.Counters.Connections, pool.Counters.PendingRequests));
        Assert.Equal(1, pool.Counters.ConnectTimeouts);
    }

    [Fact]
    public void A_peer_that_closes_every_connection_at_once_is_not_connected_to_for_ever()
    {
        using var pool = new PoolFixture { ConnectsAtOnce = false };
        var waiting = pool.Rent();

        pool.Connect().PeerSpoke = true;

        Assert.True(waiting.IsCompleted);
        Assert.Equal(0, pool.Connecting);
    }

    [Fact]
    public async Task A_connection_closed_in_between_is_replaced_for_who_waits()
    {
        using var pool = new PoolFixture(One);
        var connection = pool.RentNow();
        var waiting = pool.Rent();

        connection.Return(reusable: false);

        Assert.Same(pool.Made[1], (await waiting).Connection!.Transport);
        Assert.Equal(1, pool.Counters.Connections);
    }

    [Fact]
    public async Task A_returned_connection_that_the_peer_closed_is_not_handed_on()
    {
        using var pool = new PoolFixture(One);
        var connection = pool.RentNow();
        var waiting = pool.Rent();
        pool.Made[0].PeerSpoke = true;

        connection.Return(reusable: true);

        Assert.Same(pool.Made[1], (await waiting).Connection!.Transport);
        Assert.True(pool.Made[0].Closed);
    }
}
