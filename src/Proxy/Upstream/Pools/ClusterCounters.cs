namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// What is in use of a cluster right now, and what happened to it so far. Interlocked fields only: admission takes no lock and allocates nothing.
/// </summary>
internal sealed class ClusterCounters
{
    private int _connections;
    private int _pending;
    private int _requests;
    private int _retries;
    private long _connectionsTotal;
    private long _connectionsOverflow;
    private long _connectFailures;
    private long _connectTimeouts;
    private long _requestsTotal;
    private long _pendingTotal;
    private long _pendingOverflow;
    private long _retryOverflow;
    private long _floods;

    /// <summary>Open or being opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    public int PendingRequests => Volatile.Read(ref _pending);

    public int Requests => Volatile.Read(ref _requests);

    public int Retries => Volatile.Read(ref _retries);

    public long ConnectionsTotal => Interlocked.Read(ref _connectionsTotal);

    /// <summary>How often a connection was not opened because of the limit.</summary>
    public long ConnectionsOverflow => Interlocked.Read(ref _connectionsOverflow);

    public long ConnectFailures => Interlocked.Read(ref _connectFailures);

    public long ConnectTimeouts => Interlocked.Read(ref _connectTimeouts);

    public long RequestsTotal => Interlocked.Read(ref _requestsTotal);

    public long PendingTotal => Interlocked.Read(ref _pendingTotal);

    /// <summary>Requests refused because too many waited or were in flight.</summary>
    public long PendingOverflow => Interlocked.Read(ref _pendingOverflow);

    public long RetryOverflow => Interlocked.Read(ref _retryOverflow);

    /// <summary>HTTP/2 connections cut because their endpoint's frames only cost.</summary>
    public long Floods => Interlocked.Read(ref _floods);

    /// <summary>Counts a connection that is about to be opened; false where the limit is reached.</summary>
    /// <param name="force">Opens it whatever the limit: the endpoint has none.</param>
    public bool TryBeginConnection(ClusterLimits limits, bool force)
    {
        if (!TryTake(ref _connections, force ? ClusterLimits.Unlimited : limits.MaxConnections))
        {
            return false;
        }

        Interlocked.Increment(ref _connectionsTotal);
        return true;
    }

    /// <summary>The limit stood in the way of a connection, for good.</summary>
    public void ConnectionOverflowed() => Interlocked.Increment(ref _connectionsOverflow);

    public void EndConnection() => Interlocked.Decrement(ref _connections);

    public void ConnectFailed(bool timedOut)
    {
        Interlocked.Increment(ref _connectFailures);
        if (timedOut)
        {
            Interlocked.Increment(ref _connectTimeouts);
        }
    }

    public void Flooded() => Interlocked.Increment(ref _floods);

    /// <summary>Counts a request that has to wait for a connection; false where too many do.</summary>
    public bool TryBeginPending(ClusterLimits limits)
    {
        if (!TryTake(ref _pending, limits.MaxPendingRequests))
        {
            Interlocked.Increment(ref _pendingOverflow);
            return false;
        }

        Interlocked.Increment(ref _pendingTotal);
        return true;
    }

    public void EndPending() => Interlocked.Decrement(ref _pending);

    /// <summary>
    /// Counts a request in flight; false where the limit is reached. Renting an HTTP/1.1 connection does it by itself; other transports ask here.
    /// </summary>
    public bool TryBeginRequest(ClusterLimits limits)
    {
        if (!TryTake(ref _requests, limits.MaxRequests))
        {
            Interlocked.Increment(ref _pendingOverflow);
            return false;
        }

        Interlocked.Increment(ref _requestsTotal);
        return true;
    }

    public void EndRequest() => Interlocked.Decrement(ref _requests);

    /// <summary>Counts a retry in flight, from its back-off to its end; false where the limit is reached.</summary>
    public bool TryBeginRetry(ClusterLimits limits)
    {
        if (!TryTake(ref _retries, limits.MaxRetries))
        {
            Interlocked.Increment(ref _retryOverflow);
            return false;
        }

        return true;
    }

    public void EndRetry() => Interlocked.Decrement(ref _retries);

    // Never above the limit, not even for a moment: that would refuse others who came just then.
    private static bool TryTake(ref int count, uint limit)
    {
        if (limit >= int.MaxValue)
        {
            Interlocked.Increment(ref count);
            return true;
        }

        var seen = Volatile.Read(ref count);
        while (seen < (int)limit)
        {
            var before = Interlocked.CompareExchange(ref count, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }
}
