using System.Net.Sockets;
using Mesh.Proxy.Upstream.Pools;
using Microsoft.AspNetCore.Connections;

namespace Mesh.Proxy.Http;

/// <summary>
/// Looks at one connection from outside of its loop: deadlines, the client's end, the proxy's own. It only says that the loop has to stop and
/// wakes it; what that means is the loop's to decide. One timer per connection, which is moved only when a deadline comes before it fires.
/// </summary>
internal sealed partial class Http1Watch : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly ConnectionContext _connection;
    private readonly Socket? _socket;
    private readonly TimeProvider _time;
    private readonly TrafficLimits _limits;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private CancellationTokenRegistration _ended;
    private Phase _phase;
    private long _armed = Never;
    private long _deadline = Never;
    private long _tryDeadline = Never;
    private long _probe = Never;
    private IAbortable? _upstream;
    private CancellationTokenSource? _cancellation;
    private bool _timedOut;

    // It was, before the answer that says so.
    private bool _late;
    private bool _clientGone;
    private bool _cut;
    private bool _halfClosed;
    private bool _draining;
    private bool _canProbe;
    private bool _disposed;

    public Http1Watch(ConnectionContext connection, TimeProvider time, TrafficLimits limits)
    {
        _limits = limits;
        _connection = connection;
        _socket = connection.Features.Get<Microsoft.AspNetCore.Connections.Features.IConnectionSocketFeature>()?.Socket;
        _time = time;
    }

    private enum Phase : byte
    {
        /// <summary>Between requests.</summary>
        Idle,

        /// <summary>In the middle of a head.</summary>
        Head,

        /// <summary>Deciding, waiting, connecting, exchanging.</summary>
        Request,

        /// <summary>The same, with an interim response on its way.</summary>
        Interim,

        /// <summary>A part of the response is on its way.</summary>
        Responding,
        Tunnel,
        Closing,
        Finishing,
    }

    /// <summary>The deadline of the present phase has passed.</summary>
    public bool TimedOut => Volatile.Read(ref _timedOut);

    /// <summary>The client's connection broke.</summary>
    public bool ClientGone => Volatile.Read(ref _clientGone);

    /// <summary>The proxy ends and its patience is up.</summary>
    public bool IsCut => Volatile.Read(ref _cut);

    /// <summary>The proxy ends: the next response is this connection's last.</summary>
    public bool IsDraining => Volatile.Read(ref _draining);

    /// <summary>The loop has to stop what it is doing.</summary>
    public bool IsOver => TimedOut || ClientGone || IsCut;

    public void Start() => _ended = _connection.ConnectionClosed.UnsafeRegister(static watch => ((Http1Watch)watch!).ClientEnded(), this);

    /// <summary>The next request is waited for.</summary>
    public void Idle()
    {
        lock (_gate)
        {
            _phase = Phase.Idle;
            _timedOut = false;
            _probe = _look = Never;
            SetDeadline(_draining ? TrafficDefaults.DrainGrace : _limits.IdleTimeout);
        }
    }

    /// <summary>A part of a head has come.</summary>
    public void Head()
    {
        lock (_gate)
        {
            _phase = Phase.Head;
            _timedOut = false;
            SetDeadline(_limits.RequestHeadTimeout);
        }
    }

    /// <summary>A request is carried out. Until <see cref="RequestEnded"/> it has no deadline, but must not stall.</summary>
    /// <param name="canProbe">The client understands interim responses.</param>
    public void Request(bool canProbe, CancellationTokenSource cancellation)
    {
        lock (_gate)
        {
            _phase = Phase.Request;
            _timedOut = _tryTimedOut = _unread = _late = false;
            _deadline = _tryDeadline = Never;
            _cancellation = cancellation;
            _canProbe = canProbe;
            _leaving = false;
            BeginLooking(_limits.StreamIdleTimeout);
            if (_halfClosed)
            {
                BeginProbing();
            }
        }
    }

    /// <summary>From here on only the loop writes to the client, but there is no answer yet: the limits go on.</summary>
    public void RespondingInterim()
    {
        lock (_gate)
        {
            if (_phase == Phase.Request)
            {
                _phase = Phase.Interim;
                if (_halfClosed)
                {
                    ProbeSoon();
                }
            }
        }
    }

    /// <summary>From here on only the loop writes to the client.</summary>
    public void Responding()
    {
        lock (_gate)
        {
            _phase = Phase.Responding;
            _tryDeadline = Never;
            if (_halfClosed)
            {
                ProbeSoon();
            }
        }
    }

    /// <summary>
    /// The same for an answer of our own. It is given also where a limit was reached, and the connection goes on behind it; it only has to move.
    /// </summary>
    public void Answering()
    {
        lock (_gate)
        {
            _deadline = Never;
            if (TimedOut)
            {
                Volatile.Write(ref _timedOut, false);
                _late = true;
                BeginLooking(_limits.StreamIdleTimeout);
            }
        }

        Responding();
    }

    /// <summary>All that is missing is the client's taking of what is written. False where the cancellation may still fire.</summary>
    public bool EndRequest()
    {
        lock (_gate)
        {
            _deadline = _tryDeadline = _probe = Never;
            _cancellation = null;
            return !IsOver && !_late;
        }
    }

    /// <summary>Bytes go both ways until the sides have enough; the client's end is one of them.</summary>
    public void Tunnel()
    {
        lock (_gate)
        {
            _phase = Phase.Tunnel;
            _deadline = _probe = Never;
            BeginLooking(_limits.IdleTimeout);
        }
    }

    /// <summary>No request follows; what the client still sends is waited for so long.</summary>
    public void Closing(TimeSpan limit) => End(Phase.Closing, limit);

    /// <summary>The last bytes are out; the client has so long to take them.</summary>
    public void Finishing(TimeSpan limit) => End(Phase.Finishing, limit);

    /// <summary>No request after the present one; a connection without one gets a moment for what is on its way. Saying it again gives no other moment.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            if (_draining)
            {
                return;
            }

            Volatile.Write(ref _draining, true);
            if (_phase == Phase.Idle)
            {
                SetDeadline(TrafficDefaults.DrainGrace);
            }
        }
    }

    /// <summary>Ends at once.</summary>
    public void Cut()
    {
        Waking waking;
        lock (_gate)
        {
            Volatile.Write(ref _cut, true);
            waking = new(_upstream, _cancellation);
        }

        Wake(waking);
        _connection.Abort(new ConnectionAbortedException("The proxy ends."));
    }

    public void Dispose()
    {
        _ended.Dispose();
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    // Outside of the lock: what is woken may run right here.
    private void Wake(Waking waking)
    {
        waking.Cancellation?.Cancel();
        waking.Upstream?.Abort();
        if (waking.Finishing)
        {
            _connection.Abort(new ConnectionAbortedException("The client does not take its answer."));
            return;
        }

        _connection.Transport.Input.CancelPendingRead();
        _connection.Transport.Output.CancelPendingFlush();
    }

    private void End(Phase phase, TimeSpan limit)
    {
        lock (_gate)
        {
            _phase = phase;
            _timedOut = false;
            _tryDeadline = _probe = _look = Never;
            SetDeadline(limit);
        }
    }

    private void SetDeadline(TimeSpan limit)
    {
        _deadline = After(limit);
        Arm(_deadline);
    }

    private long After(TimeSpan limit) => _time.GetTimestamp() + (long)(limit.TotalSeconds * _time.TimestampFrequency);

    private void Arm(long due)
    {
        if (due >= _armed || _disposed)
        {
            return;
        }

        _armed = due;
        var now = _time.GetTimestamp();
        var wait = due <= now ? TimeSpan.Zero : _time.GetElapsedTime(now, due) + TimeSpan.FromMilliseconds(1);
        if (_timer is null)
        {
            _timer = _time.CreateTimer(static watch => ((Http1Watch)watch!).Fired(), this, wait, Timeout.InfiniteTimeSpan);
        }
        else
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private void Fired()
    {
        Waking waking;
        lock (_gate)
        {
            _armed = Never;
            var now = _time.GetTimestamp();
            if (_probe <= now)
            {
                Probe();
            }

            if (_look <= now)
            {
                Look();
            }

            if (_deadline <= now)
            {
                _deadline = Never;
                Volatile.Write(ref _timedOut, true);
            }

            if (_tryDeadline <= now)
            {
                _tryDeadline = Never;
                Volatile.Write(ref _tryTimedOut, true);
            }

            Arm(Math.Min(Math.Min(_deadline, _look), Math.Min(_tryDeadline, _probe)));
            if (IsOver)
            {
                waking = new(_upstream, _cancellation) { Finishing = _phase == Phase.Finishing };
            }
            else if (TryTimedOut)
            {
                waking = new(_upstream, _upstream is null ? _cancellation : null);
            }
            else
            {
                return;
            }
        }

        Wake(waking);
    }

    // Of the request that was under way when it was decided to stop, not of one that began meanwhile.
    private readonly record struct Waking(IAbortable? Upstream, CancellationTokenSource? Cancellation)
    {
        public bool Finishing { get; init; }
    }
}
