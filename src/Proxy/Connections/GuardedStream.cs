using System.Buffers;
using System.Runtime.CompilerServices;
using Mesh.Http2;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Connections;

/// <summary>
/// An HTTP/2 connection to an endpoint that ends where the endpoint's frames only cost: .NET's client answers each of them, however many come and
/// whether or not anybody takes the answers.
/// </summary>
internal sealed class GuardedStream : AsyncStream
{
    private readonly Stream _inner;
    private readonly Http2FrameMeter _meter;
    private readonly ClusterCounters _counters;
    private long _sent;

    public GuardedStream(Stream inner, Http2FloodLimits limits, ClusterCounters counters, TimeProvider time)
    {
        (_inner, _counters) = (inner, counters);
        _meter = new Http2FrameMeter(limits.ForServers(), time, () => Volatile.Read(ref _sent));
    }

    public override bool CanRead => true;
    public override bool CanWrite => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = _inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Judged(buffer, reading.Result)) : AwaitAsync(reading, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // One writer at a time.
        Volatile.Write(ref _sent, _sent + buffer.Length);
        return _inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => _inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, Memory<byte> buffer) => Judged(buffer, await reading);

    private int Judged(Memory<byte> buffer, int count)
    {
        var flood = _meter.Take(new ReadOnlySequence<byte>(buffer[..count]));
        if (flood == Http2Flood.None)
        {
            return count;
        }

        _counters.Flooded();
        // Also for who waits to write.
        _inner.Dispose();
        throw new IOException($"The endpoint floods its HTTP/2 connection ({flood}).");
    }
}
