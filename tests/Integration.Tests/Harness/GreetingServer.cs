using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A server that speaks first, as mail and databases do, and then waits for the client to go.</summary>
internal sealed class GreetingServer : IDisposable
{
    public const int Port = 9025;

    private readonly TcpListener _listener;
    private readonly byte[] _greeting;

    public GreetingServer(string name)
    {
        _greeting = Encoding.ASCII.GetBytes($"220 {name}\r\n");
        Address = LoopbackSubnet.NextAddress();
        _listener = new TcpListener(IPAddress.Parse(Address), Port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address { get; }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = GreetAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task GreetAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                await stream.WriteAsync(_greeting);
                await stream.ReadExactlyAsync(new byte[1]);
            }
        }
        catch (IOException)
        {
            // The client went.
        }
    }
}
