using System.Net;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Upstream;

/// <summary>
/// The pooled connections to one endpoint, one pool per protocol, so that the picked address is the dialled address. They survive configuration
/// swaps; once the endpoint is gone from the configuration, each is closed with its last request.
/// </summary>
internal sealed class EndpointConnections
{
    private readonly Lock _gate = new();
    private EndpointPool? _http1;
    private Http2Pool? _http2;
    private bool _retired;
    private string? _uriPrefix;

    /// <summary>HTTP/1.1 connections, open or being opened.</summary>
    public int Http1Connections => Volatile.Read(ref _http1)?.Connections ?? 0;

    public EndpointPool Http1(UpstreamPools owner, Cluster cluster, Endpoint endpoint)
    {
        var pool = Volatile.Read(ref _http1);
        return pool is not null && Serves(pool, cluster.TransportOf(endpoint)) ? pool : ReplaceHttp1(owner, cluster, endpoint);
    }

    /// <param name="create">Makes what opens connections to the endpoint.</param>
    public Http2Pool Http2(Cluster cluster, Endpoint endpoint, Func<Endpoint, Cluster, HttpMessageHandler> create)
    {
        var pool = Volatile.Read(ref _http2);
        return pool is not null && pool.Settings == Http2Settings.Of(cluster, endpoint) ? pool : ReplaceHttp2(cluster, endpoint, create);
    }

    /// <summary><c>http://address:port</c>, for messages, which need some URI.</summary>
    public string UriPrefix(IPEndPoint address) => _uriPrefix ??= "http://" + address;

    /// <summary>A new configuration lists the endpoint in this cluster.</summary>
    public void Follow(Cluster cluster, Endpoint endpoint)
    {
        var transport = cluster.TransportOf(endpoint);
        EndpointPool? http1;
        lock (_gate)
        {
            _retired = false;
            http1 = _http1;
            http1?.SetRetired(!Serves(http1, transport));
            _http2?.SetRetired(_http2.Settings != Http2Settings.Of(cluster, endpoint));
        }

        if (http1 is not null && Serves(http1, transport))
        {
            http1.Follow(cluster);
        }
    }

    /// <summary>The endpoint left the configuration. Late requests of an older one are still served, and nothing is kept behind them.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _retired = true;
            _http1?.SetRetired(true);
            _http2?.SetRetired(true);
        }
    }

    private static bool Serves(EndpointPool pool, TransportSettings transport) =>
        ReferenceEquals(pool.Transport, transport) || pool.Transport == transport;

    private EndpointPool ReplaceHttp1(UpstreamPools owner, Cluster cluster, Endpoint endpoint)
    {
        lock (_gate)
        {
            if (_http1 is { } other)
            {
                if (Serves(other, cluster.TransportOf(endpoint)))
                {
                    return other;
                }

                other.SetRetired(true);
            }

            var pool = new EndpointPool(owner, endpoint, cluster);
            pool.SetRetired(_retired);
            Volatile.Write(ref _http1, pool);
            return pool;
        }
    }

    private Http2Pool ReplaceHttp2(Cluster cluster, Endpoint endpoint, Func<Endpoint, Cluster, HttpMessageHandler> create)
    {
        lock (_gate)
        {
            var settings = Http2Settings.Of(cluster, endpoint);
            if (_http2 is { } other)
            {
                if (other.Settings == settings)
                {
                    return other;
                }

                other.SetRetired(true);
            }

            var pool = new Http2Pool(settings, () => create(endpoint, cluster));
            pool.SetRetired(_retired);
            Volatile.Write(ref _http2, pool);
            return pool;
        }
    }
}
