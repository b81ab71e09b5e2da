using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Tests.Upstream.Pools;

/// <summary>Connections over real sockets: what they see of their peer, and what they cost.</summary>
public sealed class UpstreamConnectionTests : IAsyncLifetime, IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Endpoint _endpoint;
    private readonly Cluster _cluster;
    private readonly UpstreamPools _pools = new(Mesh.Proxy.Connections.UpstreamDialer.DialAsync, TimeProvider.System);
    private UpstreamConnection _connection = null!; // set by InitializeAsync
    private Socket _peer = null!; // set by InitializeAsync

    public UpstreamConnectionTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _endpoint = new Endpoint
        {
            Address = (IPEndPoint)_listener.LocalEndPoint!,
            Weight = 1,
            Workload = WorkloadInfo.Unknown,
            State = new EndpointState(),
        };
        _cluster = TestConfig.Cluster(_endpoint.Address, state: _endpoint.State);
    }

    public async Task InitializeAsync()
    {
        _connection = (await RentAsync()).Connection!;
        _peer = await _listener.AcceptAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose()
    {
        _endpoint.State.Retire();
        _pools.Dispose();
        _listener.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public async Task Bytes_go_both_ways_and_the_local_address_is_known()
    {
        await _connection.SendAsync("ping"u8.ToArray());
        var buffer = new byte[16];
        Assert.Equal(4, await _peer.ReceiveAsync(buffer));
        await _peer.SendAsync("pong!"u8.ToArray());

        Assert.Equal(5, await _connection.ReceiveAsync(buffer));
        Assert.Equal(_peer.RemoteEndPoint, _connection.LocalEndPoint);
    }

    [Fact]
    public async Task A_connection_that_the_peer_closed_while_idle_is_not_rented_again()
    {
        _connection.Return(reusable: true);
        _peer.Shutdown(SocketShutdown.Both);
        await Eventually.TrueAsync(() => !_connection.IsQuiet, "the end of the connection");

        var next = (await RentAsync()).Connection!;

        Assert.NotSame(_connection, next);
        next.Return(reusable: false);
    }

    [Fact]
    public async Task A_connection_on_which_the_peer_sent_bytes_while_idle_is_not_rented_again()
    {
        _connection.Return(reusable: true);
        await _peer.SendAsync("HTTP/1.1 408 Request Timeout\r\n\r\n"u8.ToArray());
        await Eventually.TrueAsync(() => !_connection.IsQuiet, "bytes");

        var next = (await RentAsync()).Connection!;

        Assert.NotSame(_connection, next);
        next.Return(reusable: false);
    }

    [Fact]
    public async Task An_abort_ends_what_is_being_received()
    {
        var receiving = _connection.ReceiveAsync(new byte[1]);

        _connection.Abort();

        await Assert.ThrowsAnyAsync<Exception>(async () => await receiving);
        _connection.Return(reusable: true);
        Assert.False((await RentAsync()).Connection!.IsReused);
    }

    [Fact]
    public async Task A_connect_that_is_refused_is_a_value_that_says_why()
    {
        _connection.Return(reusable: false);
        _listener.Dispose();

        var rented = await RentAsync();

        Assert.Equal(RentStatus.ConnectFailed, rented.Status);
        Assert.Contains("ConnectionRefused", rented.Error!, StringComparison.Ordinal);
        Assert.Equal(0, _cluster.State.Counters.Connections);
    }

    [Fact]
    public async Task Keepalive_is_set_on_the_socket_as_the_cluster_says()
    {
        var cluster = TestConfig.Cluster(_endpoint.Address, transport: new TransportSettings(new TcpKeepalive(3, 60, 7)));

        using var transport = (SocketTransport)
            await Mesh.Proxy.Connections.UpstreamDialer.DialAsync(_endpoint.Address, cluster, cluster.Transport);

        var socket = transport.Socket;
        Assert.NotEqual(0, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.Equal(3, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount));
        Assert.Equal(60, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime));
        Assert.Equal(7, socket.GetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval));
    }

    [Fact]
    public void Renting_an_idle_connection_and_returning_it_allocates_nothing()
    {
        _connection.Return(reusable: true);
        RentAndReturn(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        RentAndReturn(1000);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void RentAndReturn(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var rented = _pools.RentAsync(_cluster, _endpoint, CancellationToken.None);
            var now = rented.IsCompletedSuccessfully ? rented.Result : throw new InvalidOperationException("It has to wait.");
            now.Connection!.Return(reusable: true);
        }
    }

    private async Task<Rented> RentAsync() => await _pools.RentAsync(_cluster, _endpoint, CancellationToken.None);
}
