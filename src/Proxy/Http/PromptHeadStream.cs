using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>Reads an upstream's body; the first read that has to wait sends the client the head meanwhile.</summary>
internal sealed class PromptHeadStream(Stream inner, HttpResponse response) : Stream
{
    private bool _sent;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(buffer, cancellationToken);
        if (_sent || reading.IsCompleted)
        {
            return reading;
        }

        _sent = true;
        return SendHeadAsync(reading, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> SendHeadAsync(ValueTask<int> reading, CancellationToken cancellation)
    {
        try
        {
            await response.Body.FlushAsync(cancellation);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The client is gone; whoever writes the body finds out, and the read must be awaited in any case.
        }

        return await reading;
    }
}
