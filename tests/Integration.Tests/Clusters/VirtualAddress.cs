using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Tests.Clusters;

/// <summary>One address for several backends, as a Service's is: each connection goes to the next backend that takes it.</summary>
internal sealed class VirtualAddress : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ImmutableArray<IPEndPoint> _backends;
    private readonly Task _accepting;
    private int _next;

    public VirtualAddress(IEnumerable<string> backends)
    {
        _backends = [.. backends.Select(IPEndPoint.Parse)];
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relays = new List<Task>();
        try
        {
            while (true)
            {
                relays.Add(RelayAsync(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            // The test ends.
        }

        await Task.WhenAll(relays);
    }

    private async Task RelayAsync(Socket client)
    {
        using var _ = client;
        using var server = await ConnectAsync();
        if (server is null)
        {
            return;
        }

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(CopyAsync(client, server, ended.Token), CopyAsync(server, client, ended.Token));
        await ended.CancelAsync();
    }

    private async Task<Socket?> ConnectAsync()
    {
        for (var tries = 0; tries < _backends.Length; tries++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(_backends[Interlocked.Increment(ref _next) % _backends.Length], _stopping.Token);
                return socket;
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
            }
        }

        return null;
    }

    private static async Task CopyAsync(Socket from, Socket to, CancellationToken ended)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            for (var read = -1; read != 0; )
            {
                read = await from.ReceiveAsync(buffer, ended);
                for (var sent = 0; sent < read; )
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), ended);
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone, and with it the relay.
        }
    }
}
