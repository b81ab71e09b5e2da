using System.Net.Sockets;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Connections;

[Collection(nameof(Alone))]
public sealed class TcpPumpTests
{
    private const int Megabyte = 1024 * 1024;

    [Fact]
    public async Task Both_ways_at_once_carry_what_was_sent_however_it_is_read()
    {
        using var pumped = new Pumped();
        var up = Bytes(16 * Megabyte, seed: 1);
        var down = Bytes(16 * Megabyte, seed: 2);

        var received = await Eventually.InTimeAsync(
            Task.WhenAll(
                SendAsync(pumped.Client, up),
                ReceiveAsync(pumped.Upstream, up.Length, seed: 3, most: 300_000),
                SendAsync(pumped.Upstream, down),
                ReceiveAsync(pumped.Client, down.Length, seed: 4, most: 20_000)
            )
        );

        Assert.True(up.AsSpan().SequenceEqual(received[1]));
        Assert.True(down.AsSpan().SequenceEqual(received[3]));
        await Eventually.InTimeAsync(pumped.Ended);
        Assert.Equal((up.Length, down.Length), (pumped.Pump.Received, pumped.Pump.Sent));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_side_that_breaks_off_breaks_the_other_off_too(bool client)
    {
        using var pumped = new Pumped();
        var (breaking, staying) = client ? (pumped.Client, pumped.Upstream) : (pumped.Upstream, pumped.Client);
        await breaking.SendAsync(new byte[3]);
        await staying.ReceiveAsync(new byte[3]);

        breaking.Close(timeout: 0);

        var error = await Assert.ThrowsAsync<SocketException>(() =>
            Eventually.InTimeAsync(staying.ReceiveAsync(new byte[1].AsMemory()).AsTask())
        );
        Assert.Equal(SocketError.ConnectionReset, error.SocketErrorCode);
        await Eventually.InTimeAsync(pumped.Ended);
    }

    [Fact]
    public void Reads_and_writes_allocate_nothing()
    {
        const int Exchanges = 20_000;
        using var pumped = new Pumped();
        var bulk = Bytes(Megabyte, seed: 6);
        Exchange(pumped, Exchanges, bulk);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        Exchange(pumped, Exchanges, bulk);

        // No object is smaller than 24 bytes; what is below that is the runtime's own, and buffers that a pool had let go.
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 12 * 2 * Exchanges);
    }

    private static void Exchange(Pumped pumped, int times, byte[] bulk)
    {
        var buffer = new byte[64 * 1024];
        for (var i = 0; i < times; i++)
        {
            pumped.Client.Send(buffer.AsSpan(0, 100));
            Assert.True(pumped.Upstream.Receive(buffer) > 0);
            pumped.Upstream.Send(buffer.AsSpan(0, 100));
            Assert.True(pumped.Client.Receive(buffer) > 0);
        }

        for (var i = 0; i < 32; i++)
        {
            var sending = new Thread(() => pumped.Client.Send(bulk));
            sending.Start();
            for (var left = bulk.Length; left > 0; )
            {
                left -= pumped.Upstream.Receive(buffer);
            }

            sending.Join();
        }
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> SendAsync(Socket socket, byte[] bytes)
    {
        for (var at = 0; at < bytes.Length; )
        {
            at += await socket.SendAsync(bytes.AsMemory(at, Math.Min(64 * 1024, bytes.Length - at)));
        }

        socket.Shutdown(SocketShutdown.Send);
        return bytes;
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int count, int seed, int most)
    {
        var random = new Random(seed);
        var bytes = new byte[count];
        for (var at = 0; at < count; )
        {
            var read = await socket.ReceiveAsync(bytes.AsMemory(at, Math.Min(random.Next(1, most), count - at)));
            Assert.True(read > 0, $"ended after {at} of {count} bytes");
            at += read;
        }

        return bytes;
    }

    /// <summary>A client and an upstream with a pump between them.</summary>
    private sealed class Pumped : IDisposable
    {
        private readonly Socket _near;
        private readonly Socket _far;

        public Pumped()
        {
            (Client, _near) = SocketPair.Connect();
            (Upstream, _far) = SocketPair.Connect();
            Pump = new(new SocketTransport(_near), new SocketTransport(_far), TimeProvider.System);
            Ended = Pump.RunAsync();
        }

        public Socket Client { get; }

        public Socket Upstream { get; }

        public TcpPump Pump { get; }

        public Task Ended { get; }

        public void Dispose()
        {
            foreach (var socket in new[] { Client, Upstream, _near, _far })
            {
                socket.Dispose();
            }
        }
    }
}
