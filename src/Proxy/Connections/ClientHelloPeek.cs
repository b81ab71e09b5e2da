using System.Buffers;
using System.Net.Sockets;

namespace Mesh.Proxy.Connections;

/// <summary>Looks at a connection's ClientHello without taking it from the socket: whoever gets the connection reads it again.</summary>
internal static class ClientHelloPeek
{
    // A socket with bytes in it cannot be waited on for more of them; a hello that comes in pieces is looked at again after a while.
    private static readonly TimeSpan FirstLookAgain = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LastLookAgain = TimeSpan.FromMilliseconds(200);

    /// <summary><see cref="ClientHelloStatus.Incomplete"/> where the client left; silence for too long is not TLS.</summary>
    public static ValueTask<ClientHello> ReadAsync(Socket socket, TimeSpan patience, CancellationToken stopping) =>
        ReadAsync(socket, patience, patience, stopping);

    /// <param name="patience">For the first byte.</param>
    /// <param name="rest">For all others.</param>
    public static async ValueTask<ClientHello> ReadAsync(Socket socket, TimeSpan patience, TimeSpan rest, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(patience);
        try
        {
            await socket.ReceiveAsync(Memory<byte>.Empty, limit.Token);
            limit.CancelAfter(rest);
            for (var pause = FirstLookAgain; ; pause = pause < LastLookAgain ? pause * 2 : pause)
            {
                var hello = Look(socket, out var count);
                if (hello.Status != ClientHelloStatus.Incomplete || count == 0)
                {
                    return hello;
                }

                await Task.Delay(pause, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            return new(ClientHelloStatus.NotTls);
        }
    }

    // Who is silent, or says a little now and then, holds no buffer meanwhile.
    private static ClientHello Look(Socket socket, out int count)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ClientHelloParser.MaxBytes);
        try
        {
            count = socket.Receive(buffer.AsSpan(0, ClientHelloParser.MaxBytes), SocketFlags.Peek);
            return ClientHelloParser.Parse(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
