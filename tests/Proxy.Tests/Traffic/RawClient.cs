using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Proxy.Tests.Traffic;

/// <summary>A client of bare sockets, for what no HTTP library would send.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly Socket _socket;

    private RawClient(Socket socket)
    {
        _socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: true);
    }

    public NetworkStream Stream { get; }

    public static async Task<RawClient> ConnectAsync(IPEndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(address);
        return new RawClient(socket);
    }

    /// <summary>Waits until nobody listens there; the port may be another test's by then, for a while.</summary>
    public static Task RefusedAsync(IPEndPoint address) =>
        Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    await using var client = await ConnectAsync(address);
                    return false;
                }
                catch (SocketException)
                {
                    return true;
                }
            },
            "the socket to close"
        );

    /// <summary>Sends one request on a connection of its own that is closed after the answer.</summary>
    public static async Task<string> ExchangeAsync(IPEndPoint address, string request)
    {
        await using var client = await ConnectAsync(address);
        await client.SendAsync(request);
        return await client.ReadAllAsync();
    }

    public Task SendAsync(string text) => Stream.WriteAsync(Encoding.Latin1.GetBytes(text)).AsTask();

    /// <summary>Ends our direction only.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends with a reset instead of an orderly close.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public async Task<string> ReadAllAsync()
    {
        using var all = new MemoryStream();
        try
        {
            await Eventually.InTimeAsync(Stream.CopyToAsync(all));
        }
        catch (IOException)
        {
            // Reset by the proxy: what came before it counts.
        }

        return Encoding.Latin1.GetString(all.ToArray());
    }

    public async Task<string> ReadUntilAsync(string end)
    {
        var text = new StringBuilder();
        var buffer = new byte[1];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            if (await Eventually.InTimeAsync(Stream.ReadAsync(buffer).AsTask()) == 0)
            {
                break;
            }

            text.Append((char)buffer[0]);
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync() => await Stream.DisposeAsync();
}
