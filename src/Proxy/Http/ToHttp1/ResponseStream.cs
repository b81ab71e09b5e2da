using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using Mesh.Proxy.Http1;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>The body of an answer, without its framing; trailers go to the message. Ends the exchange when it ends or is disposed.</summary>
internal sealed class ResponseStream(MessageExchange exchange, HttpResponseMessage response) : AsyncStream
{
    private bool _ended;

    // What is received and unread is the beginning of a section that is not whole yet.
    private bool _needsMore;

    public override bool CanRead => true;

    /// <exception cref="IOException">The upstream broke off, or broke the rules of its framing.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_ended)
        {
            var buffers = exchange.Buffers;
            var receives = buffers.In.IsEmpty || _needsMore;
            if (buffer.IsEmpty)
            {
                // Waits for bytes without holding memory for them.
                return receives ? await exchange.Connection.ReceiveAsync(buffer, cancellationToken) : 0;
            }

            var count = receives ? await ReceiveAsync(buffers, buffer, cancellationToken) : Cut(buffers, buffer.Span);
            if (count > 0)
            {
                return count;
            }
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            End(ExchangeEnd.BrokenOff);
        }

        base.Dispose(disposing);
    }

    // A body without framing inside is received where it is wanted; framed pieces go through the buffer. 0 where there is only framing yet.
    private async ValueTask<int> ReceiveAsync(MessageBuffers buffers, Memory<byte> buffer, CancellationToken cancellation)
    {
        var body = buffers.Body;
        if (body.Kind == Http1BodyKind.Chunked)
        {
            var count = await exchange.Connection.ReceiveAsync(buffers.In.Free(), cancellation);
            if (count == 0)
            {
                throw BrokenOff();
            }

            buffers.In.Received(count);
            _needsMore = false;
            return 0;
        }

        var most = body.Kind == Http1BodyKind.Fixed ? (int)Math.Min(body.Remaining, buffer.Length) : buffer.Length;
        var received = await exchange.Connection.ReceiveAsync(buffer[..most], cancellation);
        if (body.Kind == Http1BodyKind.UntilClose)
        {
            if (received == 0)
            {
                End(ExchangeEnd.Closed);
            }

            return received;
        }

        if (received == 0)
        {
            throw BrokenOff();
        }

        body.Skip(received);
        if (body.IsComplete)
        {
            End(ExchangeEnd.Whole);
        }

        return received;
    }

    // Never more than fits. A section of trailers has to be shown whole.
    private int Cut(MessageBuffers buffers, Span<byte> buffer)
    {
        var (body, unread) = (buffers.Body, buffers.In.Unread);
        var part = unread.Slice(0, Math.Min(unread.Length, buffer.Length));
        var status = body.Read(part, out var data, out var consumed);
        if (status == Http1BodyStatus.NeedMore && part.Length < unread.Length && part.Slice(0, consumed).IsEmpty)
        {
            part = unread;
            status = body.Read(part, out data, out consumed);
        }

        data.CopyTo(buffer);
        var count = (int)data.Length;
        buffers.In.Consume(part, consumed);
        if (status == Http1BodyStatus.Refused)
        {
            throw new IOException(body.Refusal.Sentence);
        }

        _needsMore = status == Http1BodyStatus.NeedMore && part.Length == unread.Length;
        if (body.IsComplete)
        {
            AddTrailers(body);
            End(ExchangeEnd.Whole);
        }

        return count;
    }

    private void AddTrailers(BodyReader body)
    {
        if (body.Kind != Http1BodyKind.Chunked)
        {
            return;
        }

        var trailers = body.Trailers;
        for (var i = 0; i < trailers.Count; i++)
        {
            if (TrailerFields.IsForwarded(trailers.Name(i)))
            {
                response.TrailingHeaders.TryAddWithoutValidation(
                    Encoding.Latin1.GetString(trailers.Name(i)),
                    Encoding.Latin1.GetString(trailers.Value(i))
                );
            }
        }
    }

    private void End(ExchangeEnd end)
    {
        if (!_ended)
        {
            _ended = true;
            exchange.End(end);
        }
    }

    private static IOException BrokenOff() => new("The upstream closed the connection inside its answer.");
}
