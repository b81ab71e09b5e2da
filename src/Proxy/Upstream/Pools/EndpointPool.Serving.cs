namespace Mesh.Proxy.Upstream.Pools;

// Brings waiting requests and connections together, opens connections and sweeps them.
internal sealed partial class EndpointPool
{
    // Each question is a system call under the lock; the others get theirs in the next sweeps.
    private const int AskedPerSweep = 64;

    private int _asked;

    /// <summary>
    /// Gives idle connections to those who wait and opens what is still wanted and allowed. Any number of threads may be in here.
    /// </summary>
    /// <returns>Whether it opened a connection.</returns>
    public bool Serve()
    {
        var opened = false;
        var starved = false;
        while (true)
        {
            UpstreamConnection? connection = null;
            var blocked = false;
            lock (_gate)
            {
                if (_pending.Count > 0 && _idle.Count > 0)
                {
                    connection = PopIdle();
                    _inUse++;
                }
                else
                {
                    var limits = _cluster.Limits;
                    if (!WantsConnection(limits))
                    {
                        return opened;
                    }

                    // Envoy: an endpoint without any connection always gets one, so that nobody waits there for ever.
                    blocked = Total > 0 && Total >= limits.MaxConnectionsPerEndpoint;
                    if (blocked)
                    {
                        _counters.ConnectionOverflowed();
                        return opened;
                    }

                    blocked = !_counters.TryBeginConnection(limits, force: Total == 0);
                    if (!blocked)
                    {
                        _connecting++;
                    }
                }
            }

            if (connection is not null)
            {
                GiveIfUsable(connection);
            }
            else if (!blocked)
            {
                opened = true;
                _ = ConnectAsync();
            }
            else if (!_siblings.TryFreePlace(this))
            {
                if (starved)
                {
                    _counters.ConnectionOverflowed();
                    return opened;
                }

                starved = true;
                _siblings.Starve(this);
            }
        }
    }

    /// <summary>Closes what has been idle or open for too long, or was closed by the peer; false where no connection is left.</summary>
    public bool Sweep()
    {
        var limits = Volatile.Read(ref _cluster).Limits;
        var now = _owner.Time.GetTimestamp();
        List<UpstreamConnection>? closed = null;
        bool left;
        lock (_gate)
        {
            _asked = _asked >= _idle.Count ? 0 : _asked;
            var asked = _asked;
            _asked += AskedPerSweep;
            for (var i = _idle.Count - 1; i >= 0; i--)
            {
                var ask = i >= asked && i < _asked;
                if (IsIdleTooLong(_idle[i], limits, now) || IsTooOld(_idle[i], limits, now) || (ask && !_idle[i].IsQuiet))
                {
                    (closed ??= []).Add(_idle[i]);
                    _idle.RemoveAt(i);
                    _inUse++;
                }
            }

            left = Total > (closed?.Count ?? 0);
        }

        closed?.ForEach(Discard);
        return left;
    }

    // Each waiting request is worth one connection, and each in use so many ahead as the ratio says (Envoy, PreconnectPolicy).
    private bool WantsConnection(ClusterLimits limits) =>
        limits.PreconnectRatio <= 1
            ? _pending.Count > _idle.Count + _connecting
            : Math.Ceiling((_pending.Count + _inUse) * limits.PreconnectRatio) > Total;

    private void GiveIfUsable(UpstreamConnection connection)
    {
        if (IsUsable(connection, Volatile.Read(ref _cluster).Limits))
        {
            Give(connection);
        }
        else
        {
            Discard(connection);
        }
    }

    private void Give(UpstreamConnection connection)
    {
        PendingRequest? waiter;
        lock (_gate)
        {
            waiter = _pending.Dequeue();
        }

        if (waiter is null)
        {
            Keep(connection);
            return;
        }

        _counters.EndPending();
        if (_counters.TryBeginRequest(waiter.Limits))
        {
            connection.BeginRequest();
            waiter.Complete(Rented.Ready(connection));
        }
        else
        {
            Keep(connection);
            waiter.Complete(Rented.Overflow);
        }
    }

    private async Task ConnectAsync()
    {
        UpstreamTransport? transport = null;
        var error = "the connection could not be opened";
        var timedOut = false;
        try
        {
            transport = await _owner.Dial(_address, Volatile.Read(ref _cluster), Transport);
        }
        catch (UpstreamConnectException failure)
        {
            error = failure.Message;
            timedOut = failure.TimedOut;
        }
        finally
        {
            // Also after a bug: nobody may wait for ever for a connection that nobody opens.
            if (transport is null)
            {
                ConnectFailed(error, timedOut);
            }
            else
            {
                Connected(transport);
            }
        }
    }

    private void Connected(UpstreamTransport transport)
    {
        _state.Principals = transport.Principals;
        var connection = new UpstreamConnection(this, transport, _owner.Time.GetTimestamp());
        lock (_gate)
        {
            _connecting--;
            _inUse++;
        }

        _owner.Watch(this);
        // Not asked whether it is quiet: a peer that closes every connection at once must fail requests, not have us connect for ever.
        Give(connection);
        Serve();
    }

    // Those for whom nothing is being opened any more fail with it, as in Envoy: they may find another endpoint, here they find none.
    private void ConnectFailed(string error, bool timedOut)
    {
        _counters.EndConnection();
        _counters.ConnectFailed(timedOut);
        lock (_gate)
        {
            _connecting--;
        }

        while (true)
        {
            PendingRequest? waiter;
            lock (_gate)
            {
                waiter = _pending.Count > _connecting ? _pending.Dequeue() : null;
            }

            if (waiter is null)
            {
                break;
            }

            _counters.EndPending();
            waiter.Complete(Rented.ConnectFailed(error, timedOut));
        }

        _siblings.PlaceFreed();
    }
}
