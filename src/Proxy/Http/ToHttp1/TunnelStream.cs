using System.Buffers;
using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>Both directions of a connection that has left HTTP behind. Disposing it closes the connection.</summary>
internal sealed class TunnelStream(MessageExchange exchange) : Stream
{
    private volatile bool _ended;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        await exchange.Connection.SendAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            exchange.End(_ended ? ExchangeEnd.Closed : ExchangeEnd.BrokenOff);
        }

        base.Dispose(disposing);
    }
}
