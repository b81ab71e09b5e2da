using System.Collections.Concurrent;
using System.Net;

namespace Mesh.Proxy.Upstream.Pools;

/// <summary>
/// The entrance to all HTTP/1.1 pools of the process: every codec rents its upstream connections here. It owns what pools share: the clock, the
/// way to connect, and the one timer that closes what has been idle or open for too long.
/// </summary>
internal sealed class UpstreamPools : IDisposable
{
    // How late an idle connection may be closed; it is not used again in between.
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<EndpointPool, byte> _open = new();
    private readonly ITimer _timer;

    /// <param name="dial">Opens a connection; every reason not to be able to is an <see cref="UpstreamConnectException"/>.</param>
    public UpstreamPools(Func<IPEndPoint, Cluster, TransportSettings, ValueTask<UpstreamTransport>> dial, TimeProvider time)
    {
        Dial = dial;
        Time = time;
        _timer = time.CreateTimer(static pools => ((UpstreamPools)pools!).Sweep(), this, SweepPeriod, Timeout.InfiniteTimeSpan);
    }

    internal Func<IPEndPoint, Cluster, TransportSettings, ValueTask<UpstreamTransport>> Dial { get; }

    internal TimeProvider Time { get; }

    /// <summary>
    /// A connection to the endpoint for one request, which thereby counts as in flight until <see cref="UpstreamConnection.Return"/>. Completes
    /// at once and without allocation where an idle one is there; otherwise waits, in order of arrival, for a new or a returned one. Failures
    /// are values, and the task never throws. The endpoint's request must have been started (<see cref="EndpointState.RequestStarted"/>).
    /// </summary>
    /// <param name="cancellation">Ends the wait: the client left, or the request's time is up.</param>
    public ValueTask<Rented> RentAsync(Cluster cluster, Endpoint endpoint, CancellationToken cancellation) =>
        endpoint.State.Connections.Http1(this, cluster, endpoint).RentAsync(cluster, cancellation);

    public void Dispose() => _timer.Dispose();

    /// <summary>The pool has a connection, so the sweep has to come by.</summary>
    internal void Watch(EndpointPool pool) => _open.TryAdd(pool, 0);

    private void Sweep()
    {
        foreach (var (pool, _) in _open)
        {
            if (!pool.Sweep() && _open.TryRemove(pool, out _) && pool.HasConnections)
            {
                _open.TryAdd(pool, 0);
            }
        }

        // One at a time, however long it takes.
        _timer.Change(SweepPeriod, Timeout.InfiniteTimeSpan);
    }
}
