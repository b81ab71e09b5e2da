using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Http2;

/// <summary>What a client sends, shown to a meter before the server sees it.</summary>
/// <param name="flooded">Called once; the connection is to be cut.</param>
internal sealed class MeteredInput(PipeReader inner, Http2FrameMeter meter, Action<Http2Flood> flooded) : PipeReader
{
    private ReadOnlySequence<byte> _buffer;

    // Of what is unread: seen before.
    private long _seen;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Metered(reading.Result)) : AwaitAsync(reading);
    }

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = Metered(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _seen -= _buffer.Slice(0, consumed).Length;
        _buffer = default;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading) => Metered(await reading);

    private ReadResult Metered(in ReadResult result)
    {
        _buffer = result.Buffer;
        var flood = meter.Take(_buffer.Slice(_seen));
        _seen = _buffer.Length;
        if (flood == Http2Flood.None)
        {
            return result;
        }

        flooded(flood);
        throw new ConnectionAbortedException($"The client floods its HTTP/2 connection ({flood}).");
    }
}
