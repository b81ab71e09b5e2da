using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Connections;

/// <summary>
/// What a client sends, read from its socket when the kernel says that something is there: no loop and no pipe in between, one contiguous
/// buffer, and none while nothing is unread. Between reads it keeps listening, so that the client's end is noticed while a request runs.
/// </summary>
/// <param name="ended">Called once when nothing more comes, from a thread of the pool.</param>
#pragma warning disable CA1001 // Complete disposes
internal sealed class SocketInput(Socket socket, Action ended) : PipeReader, IValueTaskSource<ReadResult>
#pragma warning restore CA1001
{
    private const int FirstBytes = 4096;
    private const int BulkBytes = 64 * 1024;

    // Who sends faster than he is read is left to TCP's window from here on.
    private const int MostUnseen = 256 * 1024;

    private readonly Lock _gate = new();

    // True: no execution context to carry along.
    private readonly SocketAsyncEventArgs _wait = new(true);
    private ManualResetValueTaskSourceCore<ReadResult> _read;
    private byte[]? _buffer;
    private int _start;
    private int _examined;
    private int _end;
    private int _wanted = FirstBytes;
    private CancellationTokenRegistration _cancellation;
    private bool _started;
    private bool _listening;
    private bool _lent;
    private bool _waiting;
    private bool _cancelled;
    private bool _over;
    private Exception? _error;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool listen;
        short version;
        lock (_gate)
        {
            if (TryTake(out var result))
            {
                return new(result);
            }

            _waiting = true;
            _read.Reset();
            version = _read.Version;
            listen = TryListen();
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(static (input, token) => ((SocketInput)input!).GiveUp(token), this);
        }

        if (listen)
        {
            Listen();
        }

        return new(this, version);
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            return TryTake(out result);
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool listen;
        lock (_gate)
        {
            _lent = false;
            if (_buffer is not null)
            {
                _start = consumed.GetInteger();
                _examined = examined.GetInteger();
                if (_start == _end)
                {
                    Release();
                }
            }

            listen = TryListen();
        }

        if (listen)
        {
            Listen();
        }
    }

    public override void CancelPendingRead()
    {
        ReadResult result;
        lock (_gate)
        {
            if (!_waiting)
            {
                _cancelled = true;
                return;
            }

            _waiting = false;
            result = Take(canceled: true);
        }

        _read.SetResult(result);
    }

    /// <summary>Nothing more is read; the socket is closed by its owner.</summary>
    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _over = true;
            _lent = false;
            Release();
        }

        _wait.Dispose();
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _cancellation.Unregister();
        return _read.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _read.OnCompleted(continuation, state, token, flags);

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

        _read.SetException(new OperationCanceledException(token));
    }

    // From here on what touches a field is called under the lock.

    private bool TryTake(out ReadResult result)
    {
        var cancelled = _cancelled;
        if (cancelled || _end > _examined || _over)
        {
            if (_error is not null)
            {
                throw _error;
            }

            _cancelled = false;
            result = Take(cancelled);
            return true;
        }

        result = default;
        return false;
    }

    private ReadResult Take(bool canceled)
    {
        _lent = _buffer is not null;
        var bytes = _buffer is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(_buffer, _start, _end - _start);
        return new(bytes, canceled, _over);
    }

    private bool TryListen()
    {
        if (_listening || _over || _end - _examined >= MostUnseen)
        {
            return false;
        }

        return _listening = true;
    }

    // Outside of the lock: what is there already is taken at once.
    private void Listen()
    {
        if (!_started)
        {
            _started = true;
            _wait.Completed += (_, _) => Readable();
        }

        try
        {
            // Without a buffer: waits, and receives nothing.
            if (!socket.ReceiveAsync(_wait))
            {
                Readable();
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            Readable();
        }
    }

    private void Readable()
    {
        while (true)
        {
            var answer = false;
            var result = default(ReadResult);
            Exception? error;
            bool over;
            bool listen;
            lock (_gate)
            {
                _listening = false;
                if (_over)
                {
                    return;
                }

                Receive();
                (over, error) = (_over, _error);
                if (_waiting && (_end > _examined || over))
                {
                    (_waiting, answer) = (false, true);
                    result = error is null ? Take(canceled: false) : default;
                }

                // Where somebody takes the bytes now, he listens again when he has looked at them.
                listen = !answer && TryListen();
            }

            if (over)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static ended => ended(), ended, preferLocal: false);
            }

            if (answer && error is not null)
            {
                _read.SetException(error);
            }
            else if (answer)
            {
                _read.SetResult(result);
            }

            try
            {
                if (!listen || socket.ReceiveAsync(_wait))
                {
                    return;
                }
            }
            catch (Exception closed) when (closed is ObjectDisposedException or SocketException)
            {
                // Receiving says the same.
            }
        }
    }

    private void Receive()
    {
        try
        {
            MakeRoom();
            var count = socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out var error);
            switch (error)
            {
                case SocketError.Success when count > 0:
                    _end += count;
                    _wanted = _end == _buffer!.Length ? BulkBytes : FirstBytes;
                    return;
                case SocketError.Success:
                    _over = true;
                    break;
                case SocketError.WouldBlock or SocketError.Interrupted:
                    break;
                default:
                    _over = true;
                    _error =
                        error == SocketError.ConnectionReset
                            ? new ConnectionResetException("The client reset the connection.", new SocketException((int)error))
                            : new IOException("The client's connection broke.", new SocketException((int)error));
                    break;
            }
        }
        catch (ObjectDisposedException closed)
        {
            _over = true;
            _error = new ConnectionAbortedException("The connection was closed.", closed);
        }

        if (_start == _end)
        {
            Release();
        }
    }

    private void MakeRoom()
    {
        if (_buffer is null)
        {
            _buffer = ArrayPool<byte>.Shared.Rent(_wanted);
        }
        else if (_end == _buffer.Length)
        {
            // What the reader looks at stays where it is, and is left to the collector.
            var at = _lent ? _start : 0;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(at + ((_end - _start) * 2), _wanted));
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger.AsSpan(at));
            if (!_lent)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            (_buffer, _start, _examined, _end) = (larger, at, _examined - _start + at, _end - _start + at);
        }
    }

    private void Release()
    {
        if (_buffer is not null && !_lent)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            _start = _examined = _end = 0;
        }
    }
}
