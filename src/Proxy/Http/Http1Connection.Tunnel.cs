using System.Buffers;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

// An upgraded connection: bytes both ways until the upstream ends, or both have.
internal sealed partial class Http1Connection
{
    private async Task TunnelAsync(Http1Exchange x, UpstreamTransport upstream, IAbortable attempt)
    {
        var up = TunnelUpAsync(x, upstream, attempt);
        try
        {
            while (x.Failure == Failure.None)
            {
                foreach (var segment in x.In.Unread)
                {
                    _output.Write(segment.Span);
                    x.In.Consume(segment.Length);
                    x.ResponseBytes += segment.Length;
                    _unflushed++;
                }

                if (_unflushed > 0 && !await FlushedAsync(x))
                {
                    break;
                }

                var count = await upstream.ReceiveAsync(x.In.Free(), CancellationToken.None);
                if (count == 0)
                {
                    break;
                }

                x.In.Received(count);
                _watch.Moved();
            }
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            x.Failure = WhyBroken(x);
        }

        x.UploadStopped = true;
        if (x.Failure == Failure.None && _watch.Stalled)
        {
            // A stream of HTTP/2 that was given up reads as one that ended.
            x.Failure = WhyBroken(x);
        }

        if (x.Failure == Failure.None)
        {
            upstream.Dispose(); // it has ended in order, and so do we
        }
        else
        {
            attempt.Abort();
        }

        _input.CancelPendingRead();
        await up;
    }

    private async Task TunnelUpAsync(Http1Exchange x, UpstreamTransport upstream, IAbortable attempt)
    {
        try
        {
            while (!x.UploadStopped)
            {
                var read = await _input.ReadAsync();
                if (x.UploadStopped)
                {
                    _input.AdvanceTo(read.Buffer.Start);
                    return;
                }

                foreach (var segment in read.Buffer)
                {
                    await upstream.SendAsync(segment, CancellationToken.None);
                    x.TunnelBytes += segment.Length;
                    _watch.Moved();
                }

                _input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    upstream.ShutdownSend();
                    return;
                }
            }
        }
        catch (Exception error) when (IsBrokenConnection(error))
        {
            // Either side: the other direction finds out which, and knows where it was we who gave up.
            if (!x.UploadStopped && !_watch.Stalled)
            {
                x.UploadFailure =
                    error is Microsoft.AspNetCore.Connections.ConnectionResetException ? Failure.ClientAbort : Failure.UpstreamBrokeOff;
                attempt.Abort();
            }
        }
    }
}
