using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Redirect;

/// <summary>
/// A server of a protocol of its own: greets where it is told to, answers <c>GET</c> as HTTP would, <c>WHO</c> with its client's address, and
/// sends everything else back behind its name.
/// </summary>
internal sealed class TalkingServer : IDisposable
{
    private readonly Socket _listener;
    private readonly string _name;
    private readonly bool _greets;

    public TalkingServer(Socket listener, string name, bool greets)
    {
        _listener = listener;
        _name = name;
        _greets = greets;
        _ = AcceptAsync();
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = TalkAsync(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task TalkAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            if (_greets)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"220 {_name} ready\r\n"));
            }

            var buffer = new byte[4096];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0; )
            {
                var text = Encoding.Latin1.GetString(buffer, 0, read);
                await stream.WriteAsync(
                    Encoding.Latin1.GetBytes(
                        text.StartsWith("GET ", StringComparison.Ordinal)
                            ? $"HTTP/1.1 200 OK\r\ncontent-length: {_name.Length}\r\n\r\n{_name}"
                        : text.StartsWith("WHO", StringComparison.Ordinal) ? $"<{((IPEndPoint)client.RemoteEndPoint!).Address}>"
                        : $"{_name}:{text}"
                    )
                );
            }
        }
        catch (IOException)
        {
            // The client left in its own way.
        }
    }
}
