using System.IO.Pipelines;

namespace Mesh.Http2;

/// <summary>What a server sends, counted: who gets much may open its windows often.</summary>
/// <param name="leftovers">Told of the ends of streams; null where nobody wants to know.</param>
internal sealed class MeteredOutput(PipeWriter inner, Http2Leftovers? leftovers = null) : PipeWriter
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte EndStream = 1;

    private long _bytes;
    private Memory<byte> _memory;
    private Http2FrameHeads _heads = new(before: 0);

    public long Bytes => Volatile.Read(ref _bytes);

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _memory = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (leftovers is not null)
        {
            Look(_memory.Span[..bytes], leftovers);
            _memory = _memory[bytes..];
        }

        // One writer at a time.
        Volatile.Write(ref _bytes, _bytes + bytes);
        inner.Advance(bytes);
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    private void Look(ReadOnlySpan<byte> written, Http2Leftovers ends)
    {
        while (_heads.Next(ref written))
        {
            if (_heads.Type == Reset || (_heads.Type is Data or Headers && (_heads.Flags & EndStream) != 0))
            {
                ends.Ended(_heads.Stream);
            }
        }
    }
}
