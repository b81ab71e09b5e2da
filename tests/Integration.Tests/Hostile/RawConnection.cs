using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Integration.Tests.Hostile;

/// <summary>A TCP connection that sends whatever bytes a test likes, and reads HTTP/1.1 answers without any help from a client library.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket _socket;
    private readonly NetworkStream _stream;
    private readonly List<byte> _received = [];

    public RawConnection(Socket connected)
    {
        _socket = connected;
        _socket.NoDelay = true;
        _stream = new NetworkStream(connected, ownsSocket: true);
    }

    public Stream Stream => _stream;

    public static async Task<RawConnection> OpenAsync(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            await socket.ConnectAsync(endPoint, limit.Token);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<bool> SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>False where the peer has closed or reset already.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            await _stream.WriteAsync(bytes, limit.Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Says that nothing more comes.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // Reset already.
        }
    }

    /// <summary>Everything until the peer closes or resets.</summary>
    /// <exception cref="TimeoutException">The peer left the connection open.</exception>
    public async Task<byte[]> ReadToEndAsync()
    {
        while (await FillAsync()) { }
        return [.. _received];
    }

    public async Task<byte[]> ReadAsync(int count)
    {
        while (_received.Count < count)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException($"{_received.Count} of {count} bytes came");
            }
        }

        return Take(count);
    }

    /// <summary>One response; of a request whose method was HEAD it has no body.</summary>
    public async Task<RawResponse> ReadResponseAsync(bool toHead = false)
    {
        var status = await ReadLineAsync();
        var parts = status.Split(' ', 3);
        var headers = new List<(string Name, string Value)>();
        for (var line = await ReadLineAsync(); line.Length > 0; line = await ReadLineAsync())
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            headers.Add((line[..colon], line[(colon + 1)..].Trim()));
        }

        var response = new RawResponse(parts[0], int.Parse(parts[1]), headers);
        if (toHead || response.Status is (>= 100 and < 200) or 204 or 304)
        {
            return response;
        }

        var body =
            response.Header("transfer-encoding") == "chunked" ? await ReadChunksAsync()
            : response.Header("content-length") is { } length ? await ReadAsync(int.Parse(length))
            : await ReadToEndAsync();
        return response with { Body = body };
    }

    public void Dispose() => _stream.Dispose();

    private async Task<byte[]> ReadChunksAsync()
    {
        var body = new List<byte>();
        while (true)
        {
            var size = Convert.ToInt32(await ReadLineAsync(), 16);
            if (size == 0)
            {
                while ((await ReadLineAsync()).Length > 0) { }
                return [.. body];
            }

            body.AddRange(await ReadAsync(size));
            Assert.Equal("", await ReadLineAsync());
        }
    }

    private async Task<string> ReadLineAsync()
    {
        int end;
        while ((end = _received.IndexOf((byte)'\n')) < 0)
        {
            if (!await FillAsync())
            {
                throw new EndOfStreamException($"the connection ended after '{Encoding.Latin1.GetString([.. _received])}'");
            }
        }

        return Encoding.Latin1.GetString(Take(end + 1)).TrimEnd('\n').TrimEnd('\r');
    }

    private async Task<bool> FillAsync()
    {
        var buffer = new byte[16 * 1024];
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            var count = await _stream.ReadAsync(buffer, limit.Token);
            _received.AddRange(buffer.AsSpan(0, count));
            return count > 0;
        }
        catch (IOException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                $"the peer neither answered nor closed within {Patience.TotalSeconds} s; it had sent '{Encoding.Latin1.GetString([.. _received])}'"
            );
        }
    }

    private byte[] Take(int count)
    {
        var bytes = _received.GetRange(0, count).ToArray();
        _received.RemoveRange(0, count);
        return bytes;
    }
}
