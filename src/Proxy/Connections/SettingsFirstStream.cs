using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Connections;

/// <summary>
/// An HTTP/2 connection that carries requests when its server's first SETTINGS frame has been read, and not before: .NET's client else takes it
/// for granted that the server allows 100 streams, and has the rest refused. The first write, the preface, ends when the frame has come, as it
/// does in answer to the preface at the latest (RFC 9113 section 3.4).
/// </summary>
/// <param name="timeout">For the frame to come; zero for no limit.</param>
internal sealed class SettingsFirstStream(Stream inner, TimeSpan timeout) : AsyncStream
{
    private const int HeaderBytes = 9;

    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _reading;
    private bool _written;
    private int _lengthBytes;
    private int _frameBytes;
    private int _given;

    public override bool CanRead => true;
    public override bool CanWrite => true;

    // The client reads, one read after the other, from before it writes. If it did not, waiting for it would be in vain.
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _written || !Volatile.Read(ref _reading) ? inner.WriteAsync(buffer, cancellationToken) : BeginAsync(buffer, cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_settled.Task.IsCompleted)
        {
            return inner.ReadAsync(buffer, cancellationToken);
        }

        Volatile.Write(ref _reading, true);
        if (_lengthBytes == 3 && _given >= HeaderBytes + _frameBytes)
        {
            // Who comes back for more has seen to the frame.
            _settled.TrySetResult();
            return inner.ReadAsync(buffer, cancellationToken);
        }

        return ReadFirstAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _settled.TrySetResult();
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask BeginAsync(ReadOnlyMemory<byte> preface, CancellationToken cancellation)
    {
        _written = true;
        await inner.WriteAsync(preface, cancellation);
        try
        {
            await _settled.Task.WaitAsync(timeout > TimeSpan.Zero ? timeout : Timeout.InfiniteTimeSpan, cancellation);
        }
        catch (TimeoutException timedOut)
        {
            throw new UpstreamConnectException("no HTTP/2 settings within the connection timeout", timedOut) { TimedOut = true };
        }
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        var count = 0;
        try
        {
            count = await inner.ReadAsync(buffer, cancellation);
        }
        finally
        {
            if (count == 0 && !buffer.IsEmpty)
            {
                // It ended or broke; the client finds out.
                _settled.TrySetResult();
            }
        }

        // RFC 9113 section 4.1: a frame begins with the length of what follows its header.
        for (var i = 0; i < count && _lengthBytes < 3; i++, _lengthBytes++)
        {
            _frameBytes = (_frameBytes << 8) | buffer.Span[i];
        }

        _given += count;
        return count;
    }
}
