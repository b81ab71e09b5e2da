using System.Buffers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Connections;

/// <summary>
/// Moves bytes both ways between a client and an upstream until both have said all they had to. When one side ends its direction, the
/// other is told so and may go on talking (half-close). A slow reader holds the writer back: at most one buffer a direction waits here.
/// </summary>
internal sealed class TcpPump
{
    private const int BufferBytes = 64 * 1024;

    private readonly ConnectionContext _connection;
    private readonly Socket _client;
    private readonly Socket _upstream;
    private readonly TimeProvider _time;
    private long _lastActivity;
    private long _received;
    private long _sent;

    public TcpPump(ConnectionContext connection, Socket upstream, TimeProvider time)
    {
        _connection = connection;
        // Writes go past the transport's output pipe, which cannot end only the sending direction of its socket.
        _client = connection.Features.GetRequiredFeature<IConnectionSocketFeature>().Socket;
        _upstream = upstream;
        _time = time;
        _lastActivity = time.GetTimestamp();
    }

    public long LastActivity => Volatile.Read(ref _lastActivity);

    /// <summary>Bytes from the client.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Bytes to the client.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>A side that breaks off is an ordinary end: TCP has no other way to say it to the other side.</summary>
    public async Task RunAsync()
    {
        await Task.WhenAll(ClientToUpstreamAsync(), UpstreamToClientAsync());
    }

    public void Abort()
    {
        _connection.Abort();
        _upstream.Dispose();
    }

    private async Task ClientToUpstreamAsync()
    {
        var input = _connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    await SendAllAsync(_upstream, segment);
                    Interlocked.Add(ref _received, segment.Length);
                }

                Touch();
                input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    _upstream.Shutdown(SocketShutdown.Send);
                    return;
                }
            }
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            Abort();
        }
    }

    private async Task UpstreamToClientAsync()
    {
        try
        {
            while (true)
            {
                // Waiting without a buffer: an idle connection holds no memory here.
                await _upstream.ReceiveAsync(Memory<byte>.Empty);
                var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
                try
                {
                    var count = await _upstream.ReceiveAsync(buffer.AsMemory());
                    if (count == 0)
                    {
                        _client.Shutdown(SocketShutdown.Send);
                        return;
                    }

                    await SendAllAsync(_client, buffer.AsMemory(0, count));
                    Interlocked.Add(ref _sent, count);
                    Touch();
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                }
            }
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            Abort();
        }
    }

    private static async ValueTask SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static bool IsBrokenConnection(Exception error) =>
        error is SocketException or IOException or ObjectDisposedException or OperationCanceledException or ConnectionAbortedException;

    private void Touch() => Volatile.Write(ref _lastActivity, _time.GetTimestamp());
}
