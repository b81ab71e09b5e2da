using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Proxy.Connections;

/// <summary>
/// A client's connection whose TLS has ended here, as both codecs want it: two pipes with a loop each, as Kestrel's own transport has them, so that the
/// client's end is noticed while a request runs.
/// </summary>
internal sealed class TlsConnection : DefaultConnectionContext, IDuplexPipe, IConnectionSocketFeature
{
    // A segment is what one TLS record holds.
    private const int SegmentBytes = 16 * 1024;
    private const int LeastRoom = 2 * 1024;
    private const int MostUnread = 256 * 1024;
    private const int MostUnsent = 64 * 1024;

    private static readonly PipeOptions InputOptions = Options(MostUnread);
    private static readonly PipeOptions OutputOptions = Options(MostUnsent);

    private readonly SslStream _stream;
    private readonly Pipe _input = new(InputOptions);
    private readonly Pipe _output = new(OutputOptions);
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _reading;
    private readonly Task _writing;
    private int _disposed;

    /// <param name="stream">Authenticated; this connection owns it.</param>
    public TlsConnection(SslStream stream, Socket socket)
    {
        _stream = stream;
        Socket = socket;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Transport = this;
        Features.Set<IConnectionSocketFeature>(this);
        _reading = ReadAsync();
        _writing = WriteAsync();
    }

    public Socket Socket { get; }

    public PipeReader Input => _input.Reader;

    public PipeWriter Output => _output.Writer;

    /// <summary>What is spoken, by the first bytes, which stay where they are; null where the client left before it said.</summary>
    public async ValueTask<SniffedProtocol?> SniffAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var read = await Input.ReadAsync(cancellation);
            var protocol = Sniff(read.Buffer);
            if (protocol != SniffedProtocol.Undecided)
            {
                Input.AdvanceTo(read.Buffer.Start);
                return protocol;
            }

            Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>Resets the connection.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        _output.Reader.CancelPendingRead();
        Socket.Close(timeout: 0);
    }

    /// <summary>Sends what is written, then closes.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            await base.DisposeAsync();
            return;
        }

        await _output.Writer.CompleteAsync();
        await _writing;
        await _input.Reader.CompleteAsync();
        try
        {
            await _stream.ShutdownAsync();
            Socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (IsEnd(error))
        {
            // Gone already.
        }

        await _stream.DisposeAsync();
        await _reading;
        Ended();
        await base.DisposeAsync();
    }

    private static SniffedProtocol Sniff(in ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[ProtocolSniffer.MaxBytes];
        var count = (int)Math.Min(bytes.Length, start.Length);
        bytes.Slice(0, count).CopyTo(start);
        return ProtocolSniffer.SniffHttp(start[..count]);
    }

    private static PipeOptions Options(int most) =>
        new(
            readerScheduler: PipeScheduler.Inline,
            writerScheduler: PipeScheduler.Inline,
            pauseWriterThreshold: most,
            resumeWriterThreshold: most / 2,
            minimumSegmentSize: SegmentBytes,
            useSynchronizationContext: false
        );

    private static bool IsEnd(Exception error) =>
        error is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;

    private async Task ReadAsync()
    {
        var writer = _input.Writer;
        Exception? why = null;
        try
        {
            while (true)
            {
                // Waits without a buffer.
#pragma warning disable CA2022 // there is nothing to read into
                await _stream.ReadAsync(Memory<byte>.Empty);
#pragma warning restore CA2022
                var count = await _stream.ReadAsync(writer.GetMemory(LeastRoom));
                if (count == 0)
                {
                    break;
                }

                writer.Advance(count);
                var flushed = await writer.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            why = error.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset }
                ? new ConnectionResetException("The client reset the connection.", error)
                : new IOException("The client's connection broke.", error);
        }

        await writer.CompleteAsync(why);
        // Not on this thread: who listens may do much.
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.Ended(), this, preferLocal: false);
    }

    private async Task WriteAsync()
    {
        var reader = _output.Reader;
        Exception? why = null;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync();
                foreach (var segment in read.Buffer)
                {
                    await _stream.WriteAsync(segment);
                }

                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            why = error;
        }

        await reader.CompleteAsync(why);
    }

    private void Ended()
    {
        try
        {
            _closed.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The connection ended and was disposed at the same time.
        }
    }
}
