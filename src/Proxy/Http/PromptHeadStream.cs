using Microsoft.AspNetCore.Http;

namespace Mesh.Proxy.Http;

/// <summary>Reads an upstream's body; the first read that has to wait sends the client the head meanwhile.</summary>
internal sealed class PromptHeadStream(Stream inner, HttpResponse response) : AsyncStream
{
    private bool _sent;

    public override bool CanRead => true;

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
