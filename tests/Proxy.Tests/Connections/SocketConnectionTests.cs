using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Tests.Traffic;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Tests.Connections;

public sealed class SocketConnectionTests
{
    private const int Size = 3_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_bytes_come_and_are_looked_at_they_are_read_in_order(int seed)
    {
        var (client, server) = SocketPair.Connect();
        await using var connection = new SocketConnection(server);
        var bytes = Bytes(seed);
        var sending = SendAsync(client, bytes, seed);

        var random = new Random(seed + 100);
        var input = connection.Transport.Input;
        var read = 0;
        while (true)
        {
            if (random.Next(8) == 0)
            {
                input.CancelPendingRead();
            }

            var result = await Eventually.InTimeAsync(input.ReadAsync().AsTask());
            var seen = result.Buffer.ToArray();
            Assert.True(bytes.AsSpan(read, seen.Length).SequenceEqual(seen));
            if (result.IsCompleted && seen.Length == bytes.Length - read)
            {
                input.AdvanceTo(result.Buffer.End);
                break;
            }

            var taken = random.Next(seen.Length + 1);
            read += taken;
            // Seen and not taken: the next read has to bring more, except at the end.
            var examined = result.IsCanceled || random.Next(2) == 0 ? result.Buffer.GetPosition(taken) : result.Buffer.End;
            input.AdvanceTo(result.Buffer.GetPosition(taken), examined);
        }

        await sending;
        client.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task However_it_is_written_and_flushed_all_of_it_is_sent_in_order(int seed)
    {
        var (client, server) = SocketPair.Connect();
        var bytes = Bytes(seed);
        var receiving = ReceiveAsync(client, seed);
        var random = new Random(seed);
        await using (var connection = new SocketConnection(server))
        {
            var output = connection.Transport.Output;
            for (var at = 0; at < bytes.Length; )
            {
                var memory = output.GetMemory(random.Next(1, 20_000));
                var count = Math.Min(random.Next(memory.Length + 1), bytes.Length - at);
                bytes.AsMemory(at, count).CopyTo(memory);
                output.Advance(count);
                at += count;
                switch (random.Next(6))
                {
                    case 0:
                        output.CancelPendingFlush();
                        Assert.True((await Eventually.InTimeAsync(output.FlushAsync().AsTask())).IsCanceled);
                        break;
                    case 1:
                        var flush = output.FlushAsync().AsTask();
                        output.CancelPendingFlush();
                        if (!(await Eventually.InTimeAsync(flush)).IsCanceled)
                        {
                            // It was done before: the cancellation is the next one's.
                            Assert.True((await Eventually.InTimeAsync(output.FlushAsync().AsTask())).IsCanceled);
                        }

                        break;
                    case 2 or 3:
                        Assert.False((await Eventually.InTimeAsync(output.FlushAsync().AsTask())).IsCompleted);
                        break;
                }
            }
            // What was never flushed is sent by the end of the connection.
        }

        var received = await Eventually.InTimeAsync(receiving);
        Assert.True(bytes.AsSpan().SequenceEqual(received));
        client.Dispose();
    }

    [Fact]
    public async Task The_clients_end_is_noticed_while_nobody_reads_and_its_bytes_stay_readable()
    {
        var (client, server) = SocketPair.Connect();
        await using var connection = new SocketConnection(server);
        var input = connection.Transport.Input;
        client.Send("first"u8);
        var first = await input.ReadAsync();
        input.AdvanceTo(first.Buffer.End);

        client.Send("second"u8);
        client.Shutdown(SocketShutdown.Send);
        await Eventually.TrueAsync(() => connection.ConnectionClosed.IsCancellationRequested, "the client's end");

        var second = await input.ReadAsync();
        Assert.Equal("second", Encoding.ASCII.GetString(second.Buffer));
        Assert.True(second.IsCompleted);
        input.AdvanceTo(second.Buffer.End);
        Assert.True((await input.ReadAsync()).Buffer.IsEmpty);
        client.Dispose();
    }

    [Fact]
    public async Task A_reset_fails_reads_and_completes_flushes()
    {
        var (client, server) = SocketPair.Connect();
        await using var connection = new SocketConnection(server);
        var reading = connection.Transport.Input.ReadAsync().AsTask();

        client.Close(timeout: 0);

        await Assert.ThrowsAsync<ConnectionResetException>(() => Eventually.InTimeAsync(reading));
        await connection.Transport.Output.WriteAsync("lost"u8.ToArray());
        Assert.True((await connection.Transport.Output.WriteAsync("lost"u8.ToArray())).IsCompleted);
        await Eventually.TrueAsync(() => connection.ConnectionClosed.IsCancellationRequested, "the connection's end");
    }

    [Fact]
    public async Task Waits_end_by_their_token_and_by_abort()
    {
        var (client, server) = SocketPair.Connect();
        await using var connection = new SocketConnection(server);
        using var patience = new CancellationTokenSource();
        var reading = connection.Transport.Input.ReadAsync(patience.Token).AsTask();
        var flushing = connection.Transport.Output.WriteAsync(new byte[64 * 1024 * 1024], patience.Token).AsTask();
        Assert.False(reading.IsCompleted || flushing.IsCompleted);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.InTimeAsync(reading));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.InTimeAsync(flushing));

        reading = connection.Transport.Input.ReadAsync().AsTask();
        flushing = connection.Transport.Output.FlushAsync().AsTask();
        connection.Abort(new ConnectionAbortedException());
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => Eventually.InTimeAsync(reading));
        Assert.True((await Eventually.InTimeAsync(flushing)).IsCompleted);
        client.Dispose();
    }

    private static byte[] Bytes(int seed)
    {
        var bytes = new byte[Size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task SendAsync(Socket socket, byte[] bytes, int seed)
    {
        var random = new Random(seed);
        for (var at = 0; at < bytes.Length; )
        {
            var most = random.Next(3) == 0 ? 300_000 : 3000;
            at += await socket.SendAsync(bytes.AsMemory(at, Math.Min(random.Next(1, most), bytes.Length - at)));
            if (random.Next(4) == 0)
            {
                await Task.Yield();
            }
        }

        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReceiveAsync(Socket socket, int seed)
    {
        var random = new Random(seed);
        using var all = new MemoryStream();
        var buffer = new byte[50_000];
        while (await socket.ReceiveAsync(buffer.AsMemory(0, random.Next(1, buffer.Length))) is > 0 and var count)
        {
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}
