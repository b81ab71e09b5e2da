using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Tests.Harness;
using Mesh.Integration.Tests.Hostile;

namespace Mesh.Integration.Tests.Pairs;

/// <summary>An HTTP/1.1 upstream that answers every request with the bytes it was told to, sound or not.</summary>
internal sealed class CannedUpstream : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private volatile string _answer = "";

    public CannedUpstream(string address)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Parse(address), EchoUpstream.Http1Port));
        _listener.Listen();
        _ = AcceptAsync();
    }

    /// <summary>The bytes of each answer; the connection closes after it.</summary>
    public void Answer(string bytes) => _answer = bytes;

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
        using var connection = new RawConnection(client);
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            try
            {
                head.Append(Encoding.Latin1.GetString(await connection.ReadAsync(1)));
            }
            catch (EndOfStreamException)
            {
                return;
            }
        }

        await connection.SendAsync(_answer);
        connection.EndSending();
        await connection.ReadToEndAsync();
    }
}
