using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Connections;

/// <summary>
/// One way of a <see cref="TcpPump"/>: moves bytes until the sender ends its direction, and says so to the receiver. Small reads are copied
/// through a rented buffer; where many bytes come the kernel moves them by itself. Waiting for bytes holds neither buffer nor pipe.
/// </summary>
internal sealed class PumpDirection(Socket from, Socket to, TimeProvider time) : IPumpDirection
{
    private const int CopyBytes = 64 * 1024;

    // From here on a splice is cheaper than a copy.
    private const int BulkBytes = 16 * 1024;

    // A pair that is always ready would never leave its thread to others.
    private const int TurnBytes = 1024 * 1024;

    private long _moved;
    private long _lastActivity = time.GetTimestamp();

    public long Moved => Volatile.Read(ref _moved);

    public long LastActivity => Volatile.Read(ref _lastActivity);

    /// <exception cref="SocketException">One of the connections broke.</exception>
    /// <exception cref="ObjectDisposedException">One of them was closed.</exception>
    public async Task RunAsync()
    {
        var last = 0;
        var turn = 0;
        while (true)
        {
            var ready = from.ReceiveAsync(Memory<byte>.Empty);
            turn = ready.IsCompleted ? turn + last : 0;
            await ready;
            if (turn > TurnBytes)
            {
                turn = 0;
                await Task.Yield();
            }

            last = await MoveAsync(bulk: last >= BulkBytes);
            if (last == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            Volatile.Write(ref _moved, _moved + Math.Max(last, 0));
            Volatile.Write(ref _lastActivity, time.GetTimestamp());
        }
    }

    // Zero at the sender's end; -1 where nothing was there after all.
    private ValueTask<int> MoveAsync(bool bulk) => bulk && SplicePipe.TryRent() is { } pipe ? SpliceAsync(pipe) : CopyAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> CopyAsync()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            var count = await from.ReceiveAsync(buffer.AsMemory());
            await SendAsync(buffer.AsMemory(0, count));
            return count;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SpliceAsync(SplicePipe pipe)
    {
        using var returned = pipe;
        var count = pipe.Fill(from);
        while (!pipe.TryDrain(to))
        {
            // The one way to wait for room in a socket is to send something.
            var buffer = ArrayPool<byte>.Shared.Rent(BulkBytes);
            try
            {
                await SendAsync(buffer.AsMemory(0, pipe.Read(buffer)));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await to.SendAsync(bytes)..];
        }
    }
}
