using System.Runtime.CompilerServices;

namespace Mesh.Proxy.Http;

/// <summary>Reads the client's body, counting its bytes and noticing its end, from which a route's timeout counts.</summary>
internal sealed class MeteredRequestBody(RequestContext owner) : Stream
{
    private Stream _inner = Null;

    public long Bytes { get; private set; }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Begin(Stream inner)
    {
        _inner = inner;
        Bytes = 0;
    }

    public void End() => _inner = Null;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = _inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? ValueTask.FromResult(Count(reading.Result, buffer.Length))
            : AwaitAsync(reading, buffer.Length);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // Bodies come in many reads; a pooled state machine makes a pending one free.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, int wanted) => Count(await reading, wanted);

    private int Count(int read, int wanted)
    {
        Bytes += read;
        // A read of no bytes into an empty buffer only waits for data.
        if (read == 0 && wanted > 0)
        {
            owner.RequestBodyEnded();
        }

        return read;
    }
}
