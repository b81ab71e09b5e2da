using System.Buffers;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>Both directions of a connection that has left HTTP behind. Disposing it closes the connection.</summary>
internal sealed class TunnelStream(MessageExchange exchange) : AsyncStream
{
    private volatile bool _ended;

    public override bool CanRead => true;
    public override bool CanWrite => true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The first bytes may have come together with the head.
        var behind = exchange.Buffers.In;
        if (behind.IsEmpty)
        {
            var received = await exchange.Connection.ReceiveAsync(buffer, cancellationToken);
            _ended |= received == 0 && !buffer.IsEmpty;
            return received;
        }

        var unread = behind.Unread;
        var count = (int)Math.Min(unread.Length, buffer.Length);
        unread.Slice(0, count).CopyTo(buffer.Span);
        behind.Consume(count);
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await exchange.Connection.SendAsync(buffer, cancellationToken);

    /// <summary>The client has sent all it had to, and the upstream may still have something to say.</summary>
    public void EndSending()
    {
        try
        {
            exchange.Connection.ShutdownSend();
        }
        catch (Exception error) when (MessageExchange.IsBroken(error))
        {
            // The upstream has ended too.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            exchange.End(_ended ? ExchangeEnd.Closed : ExchangeEnd.BrokenOff);
        }

        base.Dispose(disposing);
    }
}
