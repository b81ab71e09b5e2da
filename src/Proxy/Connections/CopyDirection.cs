using System.Buffers;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>One way of a <see cref="TcpPump"/> with TLS at one side or at both. Waiting for bytes holds no buffer.</summary>
internal sealed class CopyDirection(UpstreamTransport from, UpstreamTransport to, TimeProvider time) : IPumpDirection
{
    private const int CopyBytes = 64 * 1024;

    // A pair that is always ready would never leave its thread to others.
    private const int TurnBytes = 1024 * 1024;

    private long _moved;
    private long _lastActivity = time.GetTimestamp();

    public long Moved => Volatile.Read(ref _moved);

    public long LastActivity => Volatile.Read(ref _lastActivity);

    /// <exception cref="IOException">One of the connections broke.</exception>
    /// <exception cref="ObjectDisposedException">One of them was closed.</exception>
    public async Task RunAsync()
    {
        var turn = 0;
        while (true)
        {
            await from.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
            int count;
            try
            {
                count = await from.ReceiveAsync(buffer, CancellationToken.None);
                for (var sent = 0; sent < count; )
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), CancellationToken.None);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            if (count == 0)
            {
                to.ShutdownSend();
                return;
            }

            Volatile.Write(ref _moved, _moved + count);
            Volatile.Write(ref _lastActivity, time.GetTimestamp());
            turn += count;
            if (turn > TurnBytes)
            {
                turn = 0;
                await Task.Yield();
            }
        }
    }
}
