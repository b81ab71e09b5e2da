using System.Net;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// The HTTP/1.1 connections to one endpoint, made with one <see cref="TransportSettings"/>. The connection returned last is used first, requests
/// that find none wait in order of arrival. It survives configuration swaps; once retired it keeps nothing.
/// </summary>
/// <remarks>
/// A wish and a returned connection meet in one place, <see cref="Serve"/>, which every change calls. The lock guards a stack and a queue for
/// some 20 ns and is never held over I/O or a caller's code; a lock-free stack would need a node per return, or counters against reuse of one.
/// </remarks>
internal sealed partial class EndpointPool
{
    private readonly UpstreamPools _owner;
    private readonly IPEndPoint _address;
    private readonly EndpointState _state;
    private readonly ClusterCounters _counters;
    private readonly ClusterPools _siblings;
    private readonly Lock _gate = new();
    private readonly List<UpstreamConnection> _idle = [];
    private readonly PendingQueue _pending = new();
    private Cluster _cluster;
    private int _connecting;
    private int _inUse;
    private bool _retired;

    public EndpointPool(UpstreamPools owner, Endpoint endpoint, Cluster cluster)
    {
        _owner = owner;
        _address = endpoint.Address;
        _state = endpoint.State;
        _counters = cluster.State.Counters;
        _siblings = cluster.State.Pools;
        _cluster = cluster;
        Transport = cluster.TransportOf(endpoint);
        _siblings.Add(this);
    }

    public TransportSettings Transport { get; }

    public bool HasConnections
    {
        get
        {
            lock (_gate)
            {
                return Total > 0;
            }
        }
    }

    /// <summary>Open or being opened.</summary>
    public int Connections
    {
        get
        {
            lock (_gate)
            {
                return Total;
            }
        }
    }

    // Under the lock.
    private int Total => _idle.Count + _inUse + _connecting;

    /// <inheritdoc cref="UpstreamPools.RentAsync"/>
    public ValueTask<Rented> RentAsync(Cluster cluster, CancellationToken cancellation)
    {
        // The latest configuration decides what happens to connections from now on; written only where it changed, for the cache line's sake.
        if (!ReferenceEquals(_cluster, cluster))
        {
            Volatile.Write(ref _cluster, cluster);
        }

        var limits = cluster.Limits;
        while (TryTakeIdle() is { } connection)
        {
            if (!IsUsable(connection, limits))
            {
                Discard(connection);
                continue;
            }

            if (!_counters.TryBeginRequest(limits))
            {
                Keep(connection);
                Serve();
                return new(Rented.Overflow);
            }

            connection.BeginRequest();
            if (limits.PreconnectRatio > 1)
            {
                Serve();
            }

            return new(Rented.Ready(connection));
        }

        return WaitAsync(limits, cancellation);
    }

    /// <summary>The exchange on it has ended.</summary>
    public void Return(UpstreamConnection connection, bool reusable)
    {
        _counters.EndRequest();
        var limits = Volatile.Read(ref _cluster).Limits;
        var now = _owner.Time.GetTimestamp();
        if (reusable && connection.Requests < limits.MaxRequestsPerConnection && !IsTooOld(connection, limits, now))
        {
            connection.IdleSince = now;
            if (Keep(connection))
            {
                _siblings.PlaceFreed(); // idle here, it gives its place to who waits for one
                return;
            }
        }
        else
        {
            Discard(connection);
        }

        Serve();
    }

    /// <summary>Its caller gave up.</summary>
    public void Abandon(PendingRequest waiter)
    {
        lock (_gate)
        {
            if (!_pending.Remove(waiter))
            {
                return; // somebody is just handing it its result
            }
        }

        _counters.EndPending();
        waiter.Complete(Rented.Cancelled);
    }

    /// <summary>
    /// The endpoint left the configuration (or came back): idle connections are closed, others when they are returned. Requests of older
    /// configurations are still served.
    /// </summary>
    public void SetRetired(bool retired)
    {
        lock (_gate)
        {
            if (_retired == retired)
            {
                return;
            }

            _retired = retired;
        }

        if (retired)
        {
            _siblings.Remove(this);
            while (TryCloseIdle()) { }
        }
        else
        {
            _siblings.Add(this);
        }
    }

    /// <summary>A new configuration is in force: its limits may let more connections be opened.</summary>
    public void Follow(Cluster cluster)
    {
        Volatile.Write(ref _cluster, cluster);
        Serve();
    }

    /// <summary>Closes the connection that has been idle longest; false where none is idle.</summary>
    public bool TryCloseIdle()
    {
        UpstreamConnection oldest;
        lock (_gate)
        {
            if (_idle.Count == 0)
            {
                return false;
            }

            oldest = _idle[0];
            _idle.RemoveAt(0);
            _inUse++;
        }

        Discard(oldest);
        return true;
    }

    private ValueTask<Rented> WaitAsync(ClusterLimits limits, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return new(Rented.Cancelled);
        }

        if (!_counters.TryBeginPending(limits))
        {
            return new(Rented.Overflow);
        }

        var waiter = new PendingRequest(this, limits);
        lock (_gate)
        {
            _pending.Enqueue(waiter);
        }

        waiter.CancelWith(cancellation);
        Serve();
        return waiter.Task;
    }

    private UpstreamConnection? TryTakeIdle()
    {
        lock (_gate)
        {
            // Those who wait come first, also in the moment before they are served.
            if (_idle.Count == 0 || _pending.Count > 0)
            {
                return null;
            }

            _inUse++;
            return PopIdle();
        }
    }

    private UpstreamConnection PopIdle()
    {
        var connection = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return connection;
    }

    // True where it is idle now and nobody waits for it.
    private bool Keep(UpstreamConnection connection)
    {
        lock (_gate)
        {
            if (!_retired || _pending.Count > 0)
            {
                _inUse--;
                _idle.Add(connection);
                return _pending.Count == 0;
            }
        }

        Discard(connection);
        return true;
    }

    /// <summary>Closes a connection that counts as in use.</summary>
    private void Discard(UpstreamConnection connection)
    {
        connection.Close();
        lock (_gate)
        {
            _inUse--;
        }

        _counters.EndConnection();
        _siblings.PlaceFreed();
    }

    private bool IsUsable(UpstreamConnection connection, ClusterLimits limits)
    {
        var now = _owner.Time.GetTimestamp();
        return !IsIdleTooLong(connection, limits, now) && !IsTooOld(connection, limits, now) && connection.IsQuiet;
    }

    private bool IsIdleTooLong(UpstreamConnection connection, ClusterLimits limits, long now) =>
        limits.IdleTimeout > TimeSpan.Zero && _owner.Time.GetElapsedTime(connection.IdleSince, now) >= limits.IdleTimeout;

    private bool IsTooOld(UpstreamConnection connection, ClusterLimits limits, long now) =>
        limits.MaxConnectionDuration > TimeSpan.Zero
        && _owner.Time.GetElapsedTime(connection.OpenedAt, now) >= limits.MaxConnectionDuration;
}
