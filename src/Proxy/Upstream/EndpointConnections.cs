using System.Net;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Upstream;

/// <summary>
/// The pooled connections to one endpoint, one handler per protocol, so that the picked address is the dialled address. They survive
/// configuration swaps; once the endpoint is gone from the configuration and its last request has ended, they are closed.
/// </summary>
internal sealed class EndpointConnections
{
    private readonly Lock _gate = new();
    private EndpointPool? _pool;
    private UpstreamInvoker? _http1;
    private UpstreamInvoker? _http2;
    private long _connectTimeoutTicks;
    private int _retired;
    private string? _uriPrefix;

    /// <summary>The cluster's, as of the latest request.</summary>
    public TimeSpan ConnectTimeout => new(Volatile.Read(ref _connectTimeoutTicks));

    public bool Retired => Volatile.Read(ref _retired) != 0;

    /// <summary>The caller's request must already be counted in the endpoint's active requests, so that nothing is closed under it.</summary>
    public UpstreamInvoker Get(
        bool http2,
        IPEndPoint address,
        TimeSpan connectTimeout,
        Func<IPEndPoint, EndpointConnections, HttpMessageHandler> create
    )
    {
        Volatile.Write(ref _connectTimeoutTicks, connectTimeout.Ticks);
        var invoker = http2 ? Volatile.Read(ref _http2) : Volatile.Read(ref _http1);
        if (invoker is not null && !Retired)
        {
            return invoker;
        }

        lock (_gate)
        {
            return http2 ? _http2 ??= new UpstreamInvoker(create(address, this)) : _http1 ??= new UpstreamInvoker(create(address, this));
        }
    }

    /// <summary>The pool of HTTP/1.1 connections. The caller's request must already be counted in the endpoint's active requests.</summary>
    public EndpointPool Http1(UpstreamPools owner, Cluster cluster, IPEndPoint address)
    {
        var pool = Volatile.Read(ref _pool);
        return pool is not null && (ReferenceEquals(pool.Transport, cluster.Transport) || pool.Transport == cluster.Transport)
            ? pool
            : Replace(owner, cluster, address);
    }

    /// <summary>Connections, open or being opened.</summary>
    public int Http1Connections => Volatile.Read(ref _pool)?.Connections ?? 0;

    /// <summary>A new configuration lists the endpoint in this cluster.</summary>
    public void Follow(Cluster cluster)
    {
        SetRetired(false);
        if (Volatile.Read(ref _pool) is not { } pool)
        {
            return;
        }

        if (pool.Transport == cluster.Transport)
        {
            pool.Follow(cluster);
        }
        else
        {
            pool.SetRetired(true);
        }
    }

    /// <summary><c>http://address:port</c>, which also keeps one pool per endpoint whatever authority requests carry.</summary>
    public string UriPrefix(IPEndPoint address) => _uriPrefix ??= "http://" + address;

    /// <summary>The endpoint left the configuration, or came back to it.</summary>
    public void SetRetired(bool retired)
    {
        Interlocked.Exchange(ref _retired, retired ? 1 : 0);
        lock (_gate)
        {
            _pool?.SetRetired(retired);
        }
    }

    /// <summary>Closes what a retired endpoint holds; a late request of an old configuration opens a new handler and ends here again.</summary>
    public void CloseIfIdle(EndpointState state)
    {
        UpstreamInvoker? http1;
        UpstreamInvoker? http2;
        lock (_gate)
        {
            // A request counts itself before it looks at Retired, so one that we do not see here finds the empty fields.
            if (!Retired || state.ActiveRequests != 0)
            {
                return;
            }

            (http1, http2) = (_http1, _http2);
            (_http1, _http2) = (null, null);
        }

        http1?.Dispose();
        http2?.Dispose();
    }

    private EndpointPool Replace(UpstreamPools owner, Cluster cluster, IPEndPoint address)
    {
        lock (_gate)
        {
            if (_pool is { } other)
            {
                if (other.Transport == cluster.Transport)
                {
                    return other;
                }

                other.SetRetired(true);
            }

            var pool = new EndpointPool(owner, address, cluster);
            pool.SetRetired(Retired);
            Volatile.Write(ref _pool, pool);
            return pool;
        }
    }
}
