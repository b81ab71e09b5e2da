using System.Net.Sockets;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Connections;

public sealed class SettingsFirstStreamTests
{
    private static readonly byte[] Settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5];

    [Fact]
    public async Task The_preface_is_written_when_the_settings_have_been_read_in_whatever_pieces()
    {
        var (client, server) = await ConnectAsync();
        var some = new byte[4];
        var reading = client.ReadAsync(some).AsTask();
        var writing = client.WriteAsync("preface"u8.ToArray()).AsTask();
        foreach (var single in Settings)
        {
            await server.WriteAsync(new[] { single });
            Assert.Equal(1, await Eventually.InTimeAsync(reading));
            Assert.Equal(single, some[0]);
            Assert.False(writing.IsCompleted);
            reading = client.ReadAsync(some).AsTask();
        }

        await Eventually.InTimeAsync(writing);
        await server.WriteAsync("more"u8.ToArray());
        Assert.Equal(4, await Eventually.InTimeAsync(reading));
        Assert.Equal("more"u8, some);
        await client.WriteAsync("on"u8.ToArray());
        await client.DisposeAsync();
        server.Close();
    }

    [Fact]
    public async Task An_end_is_the_clients_to_judge()
    {
        var (client, server) = await ConnectAsync();
        var reading = client.ReadAsync(new byte[4]).AsTask();
        var writing = client.WriteAsync("preface"u8.ToArray()).AsTask();
        server.Close();
        await Eventually.InTimeAsync(writing);
        Assert.Equal(0, await reading);
    }

    [Fact]
    public async Task A_silent_server_is_one_that_took_too_long_to_connect()
    {
        var (client, server) = await ConnectAsync(TimeSpan.FromMilliseconds(50));
        var reading = client.ReadAsync(new byte[4]).AsTask();
        var error = await Assert.ThrowsAsync<UpstreamConnectException>(() =>
            Eventually.InTimeAsync(client.WriteAsync("preface"u8.ToArray()).AsTask())
        );
        Assert.True(error.TimedOut);
        server.Close();
        Assert.Equal(0, await reading);
    }

    private static async Task<(SettingsFirstStream Client, NetworkStream Server)> ConnectAsync(TimeSpan timeout = default)
    {
        var accepted = new TaskCompletionSource<NetworkStream>();
        var server = new RawUpstream(stream =>
        {
            accepted.SetResult(stream);
            return new TaskCompletionSource().Task;
        });
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPoint);
        var stream = await accepted.Task;
        await server.DisposeAsync();
        return (new SettingsFirstStream(new NetworkStream(socket, ownsSocket: true), timeout), stream);
    }
}
