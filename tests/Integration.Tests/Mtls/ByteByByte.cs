using System.Net;
using System.Net.Sockets;

namespace Mesh.Integration.Tests.Mtls;

/// <summary>A way to a server on which a client's first bytes arrive one at a time, each in a segment of its own.</summary>
internal sealed class ByteByByte : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly int _bytes;

    /// <param name="bytes">How many come alone.</param>
    public ByteByByte(IPEndPoint server, int bytes)
    {
        (_server, _bytes) = (server, bytes);
        _listener.Start();
        _ = AcceptAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            using var client = await _listener.AcceptTcpClientAsync();
            using var server = new TcpClient { NoDelay = true };
            await server.ConnectAsync(_server);
            var back = server.GetStream().CopyToAsync(client.GetStream());
            var one = new byte[1];
            for (var i = 0; i < _bytes && await client.GetStream().ReadAsync(one) == 1; i++)
            {
                await server.GetStream().WriteAsync(one);
                await Task.Delay(1);
            }

            await client.GetStream().CopyToAsync(server.GetStream());
            await back;
        }
        catch (Exception error) when (error is SocketException or IOException or ObjectDisposedException)
        {
            // One end has gone.
        }
    }
}
