using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>A server of bare sockets: each connection is handled by the test's own code.</summary>
internal sealed class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<NetworkStream, Task> _handle;
    private readonly Task _loop;
    private int _connections;

    public RawUpstream(Func<NetworkStream, Task> handle)
    {
        _handle = handle;
        _listener.Start();
        _loop = AcceptAsync();
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Answers every request with the same bytes and keeps the heads it got.</summary>
    public static RawUpstream Answering(string response, List<string> heads) =>
        new(async stream =>
        {
            while (await ReadHeadAsync(stream) is { Length: > 0 } head)
            {
                lock (heads)
                {
                    heads.Add(head);
                }

                await stream.WriteAsync(Encoding.Latin1.GetBytes(response));
            }
        });

    /// <summary>Up to and with the empty line, as Latin-1; empty at the end.</summary>
    public static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one) == 1)
        {
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return head.ToString();
            }
        }

        return "";
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync();
            }
            catch (Exception error) when (error is SocketException or InvalidOperationException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            _ = HandleAsync(socket);
        }
    }

    private async Task HandleAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await _handle(stream);
        }
        catch (IOException)
        {
            // The proxy closed it.
        }
    }
}
