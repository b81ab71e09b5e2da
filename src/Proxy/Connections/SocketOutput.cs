using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;

namespace Mesh.Proxy.Connections;

/// <summary>
/// What goes to a client: written into one contiguous buffer and given to its socket by the flush itself. Only what the kernel has no room
/// for waits for it, and with it the flush. Nothing unsent, no buffer.
/// </summary>
#pragma warning disable CA1001 // disposed when the last byte is sent
internal sealed class SocketOutput(Socket socket) : PipeWriter, IValueTaskSource<FlushResult>
#pragma warning restore CA1001
{
    private const int FirstBytes = 4096;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SocketAsyncEventArgs? _sending;
    private ManualResetValueTaskSourceCore<FlushResult> _flush;
    private byte[]? _buffer;
    private int _sent;
    private int _end;
    private CancellationTokenRegistration _cancellation;
    private bool _busy;
    private bool _lent;
    private bool _waiting;
    private bool _cancelled;
    private bool _broken;
    private bool _completed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _end - _sent;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        lock (_gate)
        {
            MakeRoom(sizeHint);
            _lent = true;
            return _buffer.AsMemory(_end);
        }
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (_gate)
        {
            _end += bytes;
            _lent = false;
        }
    }

    /// <summary>
    /// Completes when the kernel has everything, or at <see cref="CancelPendingFlush"/>. The client's end makes the result a completed one.
    /// </summary>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool send;
        FlushResult? result = null;
        lock (_gate)
        {
            _lent = false;
            if (!_busy)
            {
                SendNow();
            }

            send = !_busy && _sent < _end && !_broken;
            _busy |= send;
            if (_cancelled || !_busy)
            {
                // As with a pipe, a cancelled flush has flushed: it only does not wait.
                result = new(_cancelled, _broken);
                _cancelled = false;
            }
            else
            {
                _waiting = true;
                _flush.Reset();
            }
        }

        var flush = result is { } now ? new ValueTask<FlushResult>(now) : new(this, _flush.Version);
        if (result is null && cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (output, token) => ((SocketOutput)output!).GiveUp(token), this);
        }

        if (send)
        {
            SendLater();
        }

        return flush;
    }

    public override void CancelPendingFlush()
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                _cancelled = true;
                return;
            }

            _waiting = false;
        }

        _flush.SetResult(new FlushResult(isCanceled: true, isCompleted: false));
    }

    /// <summary>Nothing more is written. What is left is sent as long as the socket is open; <see cref="SentAsync"/> waits for it.</summary>
    public override void Complete(Exception? exception = null)
    {
        bool send;
        lock (_gate)
        {
            if (_completed)
            {
                return;
            }

            _completed = true;
            _lent = false;
            if (!_busy)
            {
                SendNow();
            }

            if (_sent == _end || _broken)
            {
                Release();
                _sending?.Dispose();
                _idle.TrySetResult();
                return;
            }

            send = !_busy;
            _busy = true;
        }

        if (send)
        {
            SendLater();
        }
    }

    /// <summary>After <see cref="Complete"/>: the kernel has everything, or takes no more.</summary>
    public Task SentAsync() => _idle.Task;

    FlushResult IValueTaskSource<FlushResult>.GetResult(short token)
    {
        _cancellation.Unregister();
        return _flush.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<FlushResult>.GetStatus(short token) => _flush.GetStatus(token);

    void IValueTaskSource<FlushResult>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _flush.OnCompleted(continuation, state, token, flags);

    private void GiveUp(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
        }

        _flush.SetException(new OperationCanceledException(token));
    }

    // Under the lock. What the kernel takes at once, mostly all of it.
    private void SendNow()
    {
        try
        {
            while (_sent < _end && !_broken)
            {
                var count = socket.Send(_buffer.AsSpan(_sent, _end - _sent), SocketFlags.None, out var error);
                if (error == SocketError.Success)
                {
                    _sent += count;
                }
                else if (error != SocketError.WouldBlock)
                {
                    _broken = true;
                }
                else
                {
                    return;
                }
            }
        }
        catch (ObjectDisposedException)
        {
            _broken = true;
        }

        Release();
    }

    // By whoever set _busy, outside of the lock.
    private void SendLater()
    {
        if (_sending is null)
        {
            _sending = new(true);
            _sending.Completed += (_, _) =>
            {
                if (!Sent())
                {
                    SendLater();
                }
            };
        }

        try
        {
            do
            {
                lock (_gate)
                {
                    _sending.SetBuffer(_buffer.AsMemory(_sent, _end - _sent));
                }
            } while (!socket.SendAsync(_sending) && !Sent());
        }
        catch (ObjectDisposedException)
        {
            _sending.SocketError = SocketError.OperationAborted;
            Sent();
        }
    }

    // False where more has been written meanwhile.
    private bool Sent()
    {
        bool answer;
        bool broken;
        lock (_gate)
        {
            _sent += _sending!.BytesTransferred;
            _broken |= _sending.SocketError != SocketError.Success;
            if (_sent < _end && !_broken)
            {
                return false;
            }

            _busy = false;
            (answer, _waiting) = (_waiting, false);
            broken = _broken;
            Release();
        }

        if (answer)
        {
            _flush.SetResult(new FlushResult(isCanceled: false, isCompleted: broken));
        }

        if (_completed)
        {
            _sending.Dispose();
            _idle.TrySetResult();
        }

        return true;
    }

    private void MakeRoom(int bytes)
    {
        bytes = Math.Max(bytes, 1);
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, FirstBytes));
        }
        else if (_buffer.Length - _end < bytes)
        {
            var unsent = _end - _sent;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(unsent + bytes, unsent * 2));
            _buffer.AsSpan(_sent, unsent).CopyTo(larger);
            // What is being sent is left to the collector.
            if (!_busy)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            (_buffer, _sent, _end) = (larger, 0, unsent);
        }
    }

    // Not under a writer that has yet to say how much he wrote.
    private void Release()
    {
        if (_buffer is not null && !_busy && !_lent)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            _sent = _end = 0;
        }
    }
}
