using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>Reads until its client has ended, and only then answers how many bytes came: what a half-closed connection has to carry.</summary>
internal sealed class CountingServer : IDisposable
{
    private readonly Socket _listener;

    public CountingServer(Socket listener)
    {
        _listener = listener;
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = CountAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static async Task CountAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var buffer = new byte[64 * 1024];
            var count = 0L;
            for (int read; (read = await stream.ReadAsync(buffer)) > 0; )
            {
                count += read;
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes($"{count} bytes"));
        }
        catch (IOException)
        {
            // The client left in its own way.
        }
    }
}
