namespace Mesh.Proxy.Http;

/// <summary>Looks at one HTTP/2 request from outside and says once when nothing moves any more (<see cref="TrafficLimits.StreamIdleTimeout"/>).</summary>
/// <param name="stalled">Called under the watch's lock, and never after <see cref="End"/>.</param>
#pragma warning disable CA1001 // a timer that is not running is the collector's, and Kestrel does not say when it drops a stream's context
internal sealed class StreamWatch(TimeSpan limit, TimeProvider time, Action stalled)
#pragma warning restore CA1001
{
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private StallDetector _detector;
    private long _moved;
    private bool _running;
    private bool _stalled;
    private volatile bool _streams;
    private volatile bool _writing;

    public bool IsStalled => Volatile.Read(ref _stalled);

    public void Begin() => Begin(limit);

    /// <summary>A tunnel follows, which has its own limit.</summary>
    public void Tunnel(TimeSpan idle) => Begin(idle);

    private void Begin(TimeSpan patience)
    {
        if (patience <= TimeSpan.Zero)
        {
            return;
        }

        lock (_gate)
        {
            (_running, _stalled, _streams, _writing) = (true, false, false, false);
            _detector.Begin(_moved);
            _timer ??= time.CreateTimer(
                static watch => ((StreamWatch)watch!).Look(),
                this,
                Timeout.InfiniteTimeSpan,
                Timeout.InfiniteTimeSpan
            );
        }

        var between = StallDetector.Between(patience);
        _timer.Change(between, between);
    }

    /// <summary>The answer is a stream: it may rest while the client takes what there is.</summary>
    public void Streams() => _streams = true;

    /// <summary>Bytes came or went.</summary>
    public void Moved() => Volatile.Write(ref _moved, _moved + 1);

    /// <summary>The client is being written to.</summary>
    public void Writing() => _writing = true;

    /// <summary>The client took it.</summary>
    public void Written()
    {
        _writing = false;
        Moved();
    }

    public void End()
    {
        lock (_gate)
        {
            _running = false;
        }

        _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Look()
    {
        lock (_gate)
        {
            if (_running && !_stalled && _detector.Look(Volatile.Read(ref _moved), mayRest: _streams && !_writing))
            {
                Volatile.Write(ref _stalled, true);
                stalled();
            }
        }
    }
}
