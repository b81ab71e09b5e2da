using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Harness;

/// <summary>A server that is no HTTP: says its name and closes. It can stop listening and begin again at the same address.</summary>
internal sealed class TcpUpstream : IDisposable
{
    public const int Port = 7100;

    private Socket? _listener;
    private int _connections;

    public TcpUpstream(string name)
    {
        Name = name;
        Start();
    }

    public string Name { get; }

    public string Address { get; } = LoopbackSubnet.NextAddress();

    public int Connections => Volatile.Read(ref _connections);

    public void Start()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Parse(Address), Port));
        listener.Listen();
        _listener = listener;
        _ = AcceptAsync(listener);
    }

    /// <summary>Connections are refused from now on.</summary>
    public void Stop() => _listener?.Dispose();

    public void Dispose() => Stop();

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptAsync();
                Interlocked.Increment(ref _connections);
                await client.SendAsync(Encoding.ASCII.GetBytes(Name));
                client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
