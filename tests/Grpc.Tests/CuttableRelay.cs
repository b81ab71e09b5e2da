using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Grpc.Tests;

/// <summary>A TCP relay whose connections a test can cut or silence, as a network does.</summary>
internal sealed class CuttableRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly CancellationTokenSource _silence = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;

    public CuttableRelay(int target)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(target);
    }

    public int Port { get; }

    /// <summary>Resets every connection there is; new ones are relayed.</summary>
    public void CutAll()
    {
        while (_sockets.TryTake(out var socket))
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Dispose();
        }
    }

    /// <summary>Drops all bytes from now on without closing anything.</summary>
    public void Silence() => _silence.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        CutAll();
        await _accepting;
        _silence.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync(int target)
    {
        try
        {
            while (true)
            {
                var near = await _listener.AcceptSocketAsync(_end.Token);
                var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await far.ConnectAsync(IPAddress.Loopback, target, _end.Token);
                _sockets.Add(near);
                _sockets.Add(far);
                _ = PumpAsync(near, far);
                _ = PumpAsync(far, near);
            }
        }
        catch (OperationCanceledException)
        {
            // the end of the test
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                if (!_silence.IsCancellationRequested)
                {
                    await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
                }
            }
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // cut
        }
    }
}
