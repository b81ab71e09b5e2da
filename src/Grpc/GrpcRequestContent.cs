using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;

namespace Mesh.Grpc;

/// <summary>The request body of a call: lends the HTTP/2 stream to the call's writes until the last of them.</summary>
internal sealed class GrpcRequestContent : HttpContent
{
    private static readonly MediaTypeHeaderValue GrpcType = new(GrpcWireHeaders.ContentType);
    private readonly TaskCompletionSource<PipeWriter> _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _responded;

    public GrpcRequestContent() => Headers.ContentType = GrpcType;

    /// <summary>The body once the connection stands; faulted when it never will.</summary>
    public Task<PipeWriter> Output => _open.Task;

    /// <summary>No more writes: the body ends after what is written.</summary>
    public void Complete() => _completed.TrySetResult();

    /// <summary>The call is over: nobody may wait for the body any more.</summary>
    public void Fail(Exception reason)
    {
        if (_open.TrySetException(reason))
        {
            _ = _open.Task.Exception; // nobody may be writing
        }
        _completed.TrySetCanceled();
    }

    /// <summary>Response headers are there; from now on the response tells how the stream ended.</summary>
    public void OnResponse() => _responded = true;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_open.Task.IsCompleted)
        {
            throw new IOException("The connection was lost, and a stream of messages cannot be sent a second time.");
        }
        try
        {
            // Without a flush the request headers would wait for the first message, and some servers speak first.
            await stream.FlushAsync(cancellationToken);
        }
        catch (Exception e)
        {
            // A server that answers and closes at once: writes must not wait, and the answer must not be hidden (OnStreamClosed).
            Fail(e);
            if (!cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            return;
        }
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true));
        using var registration = cancellationToken.UnsafeRegister(static state => ((GrpcRequestContent)state!).OnStreamClosed(), this);
        if (!_open.TrySetResult(output))
        {
            throw new IOException("The call ended before its connection stood.");
        }
        await _completed.Task;
    }

    private void OnStreamClosed()
    {
        // Until there are response headers SocketsHttpHandler reports whichever of body and response ends first: a body that
        // failed would hide the answer, or the error code, for which the server closed the stream.
        if (_responded)
        {
            _completed.TrySetCanceled();
        }
        else
        {
            _completed.TrySetResult();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
