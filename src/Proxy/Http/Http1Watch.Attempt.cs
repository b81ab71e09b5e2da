using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Http;

// The time of a request and of its attempts.
internal sealed partial class Http1Watch
{
    private bool _tryTimedOut;

    // The limits count although the client is still sending, because nobody reads what it sends.
    private bool _unread;

    /// <summary>The present attempt's time is up.</summary>
    public bool TryTimedOut => Volatile.Read(ref _tryTimedOut);

    /// <summary>The client has sent its whole request; from now on the limits count, the request's only once. Zero for none.</summary>
    public void RequestEnded(TimeSpan limit, TimeSpan tryLimit)
    {
        if (limit <= TimeSpan.Zero && tryLimit <= TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            Limit(limit, tryLimit);
        }
    }

    /// <summary>
    /// A connection is waited for. The limits count meanwhile, also for a client that is still sending: nobody reads on before there is one.
    /// </summary>
    public void Waiting(bool requestEnded, TimeSpan limit, TimeSpan tryLimit)
    {
        lock (_gate)
        {
            _unread = !requestEnded;
            Limit(limit, tryLimit);
        }
    }

    /// <summary>The connection is there, and what the client sends is read: its end counts.</summary>
    public void Connected()
    {
        lock (_gate)
        {
            ReadOn();
        }
    }

    /// <summary>What is ended when the request has to stop. False where it has to already.</summary>
    /// <param name="connected">There is a connection.</param>
    public bool BeginAttempt(IAbortable upstream, bool connected)
    {
        lock (_gate)
        {
            _upstream = upstream;
            if (connected)
            {
                ReadOn();
            }

            return !IsOver && !TryTimedOut;
        }
    }

    /// <summary>For what follows an attempt that was given up while it waited: a cancellation that has not fired.</summary>
    public void Renew(CancellationTokenSource cancellation)
    {
        bool over;
        lock (_gate)
        {
            _cancellation = cancellation;
            over = IsOver;
        }

        if (over)
        {
            cancellation.Cancel();
        }
    }

    /// <summary>The upstream is done with. False where it was closed from here.</summary>
    public bool EndAttempt()
    {
        lock (_gate)
        {
            var closed = IsOver || _tryTimedOut;
            _upstream = null;
            _tryDeadline = Never;
            Volatile.Write(ref _tryTimedOut, false);
            return !closed;
        }
    }

    private void ReadOn()
    {
        if (_unread)
        {
            _unread = false;
            _deadline = _tryDeadline = Never;
        }
    }

    // The request's only once, the attempt's once an attempt.
    private void Limit(TimeSpan limit, TimeSpan tryLimit)
    {
        if (limit > TimeSpan.Zero && _deadline == Never)
        {
            SetDeadline(limit);
        }

        // Only the wait for the answer's head counts.
        if (tryLimit > TimeSpan.Zero && _tryDeadline == Never && _phase is Phase.Request or Phase.Interim)
        {
            _tryDeadline = After(tryLimit);
            Arm(_tryDeadline);
        }
    }
}
