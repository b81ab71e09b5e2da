using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Http;

/// <summary>Stands in front of the server's response body and counts what goes to the client.</summary>
internal sealed class MeteredResponseBody(StreamWatch watch) : AsyncStream, IHttpResponseBodyFeature
{
    private IHttpResponseBodyFeature? _inner;

    public long Bytes { get; private set; }

    public Stream Stream => this;

    public PipeWriter Writer => Inner.Writer;

    public override bool CanWrite => true;

    private IHttpResponseBodyFeature Inner => _inner ?? throw new ObjectDisposedException(nameof(MeteredResponseBody));

    public void Begin(IHttpResponseBodyFeature inner)
    {
        _inner = inner;
        Bytes = 0;
    }

    public void End() => _inner = null;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Bytes += buffer.Length;
        var writing = Inner.Stream.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            return AwaitAsync(writing);
        }

        watch.Moved();
        return writing;
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        var flushing = Inner.Stream.FlushAsync(cancellationToken);
        return flushing.IsCompletedSuccessfully ? flushing : AwaitAsync(new ValueTask(flushing)).AsTask();
    }

    public void DisableBuffering() => Inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => Inner.StartAsync(cancellationToken);

    public Task CompleteAsync() => Inner.CompleteAsync();

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAsync(ValueTask writing)
    {
        watch.Writing();
        await writing;
        watch.Written();
    }
}
