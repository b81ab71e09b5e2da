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

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_open.Task.IsCompleted)
        {
            throw new IOException("The connection was lost, and a stream of messages cannot be sent a second time.");
        }
        // Without a flush the request headers would wait for the first message, and some servers speak first.
        await stream.FlushAsync(cancellationToken);
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true));
        using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token),
            _completed
        );
        if (!_open.TrySetResult(output))
        {
            throw new IOException("The call ended before its connection stood.");
        }
        await _completed.Task;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
