using System.Runtime.CompilerServices;
using Mesh.Proxy.Http.ToHttp1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>
/// Reads an upstream's body; the first read that has to wait sends the client the head meanwhile. Holds an HTTP/2 upstream to the length that its
/// head has announced (RFC 9113 section 8.1.1), which .NET's client does not.
/// </summary>
/// <param name="announced">Bytes that the body must have, -1 where nobody has said.</param>
internal sealed class PromptHeadStream(Stream inner, HttpResponse response, long announced) : AsyncStream
{
    private long _left = announced >= 0 ? announced : long.MaxValue;
    private bool _sent;

    public override bool CanRead => true;

    /// <exception cref="AttemptException">The body is longer or shorter.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        return reading.IsCompletedSuccessfully
            ? new(Took(reading.Result, buffer.Length))
            : AwaitAsync(reading, buffer.Length, cancellationToken);
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
    private async ValueTask<int> AwaitAsync(ValueTask<int> reading, int most, CancellationToken cancellation)
    {
        if (!_sent && !reading.IsCompleted)
        {
            _sent = true;
            try
            {
                await response.Body.FlushAsync(cancellation);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException)
            {
                // The client is gone; whoever writes the body finds out, and the read must be awaited in any case.
            }
        }

        return Took(await reading, most);
    }

    private int Took(int count, int most)
    {
        _left -= count;
        // A read of no bytes into an empty buffer only waits for data.
        if (_left < 0 || (announced >= 0 && count == 0 && most > 0 && _left > 0))
        {
            throw new AttemptException(Failure.UpstreamProtocolError, "The body has not the length that its head announces.");
        }

        return count;
    }
}
