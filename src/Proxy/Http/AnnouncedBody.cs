using System.Runtime.CompilerServices;
using Mesh.Proxy.Http.ToHttp1;

namespace Mesh.Proxy.Http;

/// <summary>Holds an HTTP/2 upstream to the length that its answer's head has announced (RFC 9113 section 8.1.1), which .NET's client does not.</summary>
internal sealed class AnnouncedBody(Stream inner, long length) : AsyncStream
{
    private long _left = length;

    public override bool CanRead => true;

    /// <exception cref="AttemptException">The body is longer or shorter.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully ? new(Took(reading.Result, buffer.Length)) : AwaitAsync(reading, buffer.Length);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, int most) => Took(await reading, most);

    private int Took(int count, int most)
    {
        _left -= count;
        // A read of no bytes into an empty buffer only waits for data.
        if (_left < 0 || (count == 0 && most > 0 && _left > 0))
        {
            throw new AttemptException(Failure.UpstreamProtocolError, "The body has not the length that its head announces.");
        }

        return count;
    }
}
