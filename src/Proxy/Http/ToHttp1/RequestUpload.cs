using System.Buffers;
using Mesh.Proxy.Http1;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http.ToHttp1;

/// <summary>
/// Sends a request's body as its content hands it out, framed for HTTP/1.1, the head in front of it. A body that does not come whole never looks
/// whole to the upstream.
/// </summary>
#pragma warning disable CA1001 // a source without a timer holds nothing to dispose of
internal sealed class RequestUpload(UpstreamConnection connection, SendBuffer output, Http1BodyLength length, RequestContext context)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _continue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _headSent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _headTaken;
    private long _bytes;
    private volatile bool _broken;
    private volatile bool _complete;
    private Task _running = Task.CompletedTask;

    /// <summary>The request was sent whole.</summary>
    public bool IsComplete => _complete;

    /// <summary>It touches neither buffers nor connection any more.</summary>
    public bool IsOver => _running.IsCompleted;

    /// <summary>Begins to send; what is left of it goes on by itself.</summary>
    /// <param name="waits">The client asked whether the upstream wants the body: the upstream has a moment to say so (RFC 9110 section 10.1.1).</param>
    public async ValueTask BeginAsync(HttpContent content, bool waits, TimeProvider time)
    {
        if (waits)
        {
            await SendHeadAsync();
            _running = WaitAndCopyAsync(content, time);
            return;
        }

        // Where the first piece of the body is there already, it goes out together with the head.
        _running = CopyAsync(content);
        await SendHeadAsync();
    }

    /// <summary>The upstream said 100.</summary>
    public void Continue() => _continue.TrySetResult();

    /// <summary>Nobody wants the rest.</summary>
    public void Stop() => _stop.Cancel();

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        _bytes += data.Length;
        if (length.Kind == Http1BodyKind.Fixed && _bytes > length.Length)
        {
            // Its rest would be read as the next request.
            throw new IOException("The body is longer than its Content-Length.");
        }

        var ownsHead = TakesHead();
        if (!ownsHead)
        {
            await _headSent.Task;
            output.Forget();
        }

        try
        {
            if (length.Kind == Http1BodyKind.Chunked)
            {
                ChunkedWriter.Write(output, new ReadOnlySequence<byte>(data));
            }
            else if (ownsHead && data.Length <= SendBuffer.LargestPiece)
            {
                output.Write(data.Span);
            }
            else
            {
                await SendAsync(output.Unsent);
                output.Sent();
                await SendAsync(data);
            }

            await SendAsync(output.Unsent);
            output.Sent();
        }
        finally
        {
            if (ownsHead)
            {
                _headSent.SetResult();
            }
        }

        // A length that is reached ends the body, whenever the client says so.
        _complete = length.Kind == Http1BodyKind.Fixed && _bytes == length.Length;
    }

    private bool TakesHead() => Interlocked.Exchange(ref _headTaken, 1) == 0;

    private async ValueTask SendHeadAsync()
    {
        if (!TakesHead())
        {
            return;
        }

        try
        {
            await SendAsync(output.Unsent);
            output.Sent();
        }
        finally
        {
            _headSent.SetResult();
        }
    }

    private async Task WaitAndCopyAsync(HttpContent content, TimeProvider time)
    {
        try
        {
            await _continue.Task.WaitAsync(TrafficDefaults.ContinueTimeout, time, _stop.Token);
        }
        catch (TimeoutException)
        {
            // It may be one that knows nothing of 100.
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await CopyAsync(content);
    }

    private async Task CopyAsync(HttpContent content)
    {
        try
        {
            await content.CopyToAsync(new UploadStream(this), context: null, _stop.Token);
            // The content does not tell us of our own failures.
            if (!_broken)
            {
                await CompleteAsync();
            }
        }
        catch (Exception error) when (error is OperationCanceledException or HttpRequestException || MessageExchange.IsBroken(error))
        {
            // Whose body it is knows why; nobody awaits this.
        }
        finally
        {
            // Cut short: the upstream must see that, not an end. One that takes no more may still answer.
            if (!_complete && !_broken)
            {
                connection.Abort();
            }
        }
    }

    private async ValueTask CompleteAsync()
    {
        await SendHeadAsync();
        await _headSent.Task;
        if (length.Kind == Http1BodyKind.Chunked)
        {
            output.Forget();
            ChunkedWriter.WriteEnd(output, Trailers());
            await SendAsync(output.Unsent);
            output.Sent();
            _complete = true;
        }
        else
        {
            _complete = _bytes == length.Length;
        }
    }

    private HeaderFields Trailers()
    {
        var fields = new HeaderFields();
        if (context.Http.Features.Get<IHttpRequestTrailersFeature>() is { Available: true } feature)
        {
            foreach (var (name, values) in feature.Trailers)
            {
                foreach (var value in values)
                {
                    fields.Add(System.Text.Encoding.Latin1.GetBytes(name), System.Text.Encoding.Latin1.GetBytes(value ?? ""));
                }
            }
        }

        return fields;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        try
        {
            await connection.SendAsync(bytes, _stop.Token);
        }
        catch
        {
            // The upstream takes no more; it may have answered before it closed, which the reader is about to see.
            _broken = true;
            throw;
        }
    }
}
