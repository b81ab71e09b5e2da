using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Which HTTP version a cluster's endpoints are spoken to in, and what limits a connection's life.</summary>
internal static class UpstreamProtocolGenerator
{
    // Istio (shouldH2Upgrade): who asks for an upgrade knows that HTTP is spoken there, also where the port does not say so.
    public static bool IsHttp2(PortProtocol protocol, ConnectionPool? pool) =>
        pool?.UseClientProtocol != true
        && (
            protocol is PortProtocol.Http2 or PortProtocol.Grpc
            || (protocol is PortProtocol.Http or PortProtocol.Unknown && pool?.UpgradeToHttp2 == true)
        );

    /// <summary>
    /// | port | endpoints get |
    /// | http2, grpc | HTTP/2; the client's with useClientProtocol |
    /// | http | HTTP/1.1; HTTP/2 with h2UpgradePolicy UPGRADE; the client's with useClientProtocol |
    /// | undeclared | the client's; HTTP/2 with h2UpgradePolicy UPGRADE |
    /// | others | nothing is said but lifetimes |
    /// </summary>
    public static void Generate(Pb.Cluster cluster, PortProtocol protocol, ConnectionPool? pool)
    {
        var opaque = protocol is PortProtocol.Tcp or PortProtocol.Tls or PortProtocol.Https;
        // Istio: the time of tcp holds for HTTP too where http has none of its own, and that of http for nothing else.
        var common = Common(pool, opaque ? pool?.TcpIdleTimeout : pool?.IdleTimeout ?? pool?.TcpIdleTimeout);
        if (opaque)
        {
            // Sidecars of this mesh hold the lifetimes for connections of any kind; others read them for HTTP alone.
            if (common is not null)
            {
                Add(
                    cluster,
                    new()
                    {
                        ExplicitHttpConfig = new() { HttpProtocolOptions = new() },
                        CommonHttpProtocolOptions = common,
                    }
                );
            }

            return;
        }

        var options = new Pb.Upstreams.HttpProtocolOptions { CommonHttpProtocolOptions = common };
        var same = pool?.UseClientProtocol == true || protocol == PortProtocol.Unknown;
        if (IsHttp2(protocol, pool))
        {
            options.ExplicitHttpConfig = new() { Http2ProtocolOptions = Http2(pool) };
        }
        else if (same)
        {
            options.UseDownstreamProtocolConfig = new() { HttpProtocolOptions = new(), Http2ProtocolOptions = new() };
        }
        else
        {
            options.ExplicitHttpConfig = new() { HttpProtocolOptions = new() };
        }

        Add(cluster, options);
    }

    private static void Add(Pb.Cluster cluster, Pb.Upstreams.HttpProtocolOptions options) =>
        cluster.TypedExtensionProtocolOptions.Add(ExtensionNames.UpstreamHttpProtocolOptions, Any.Pack(options));

    // Istio: streams and pings are set only where endpoints are spoken to in HTTP/2 by declaration.
    private static Pb.Http2ProtocolOptions Http2(ConnectionPool? pool)
    {
        var options = new Pb.Http2ProtocolOptions();
        if (pool?.MaxConcurrentStreams is > 0)
        {
            options.MaxConcurrentStreams = (uint)pool.MaxConcurrentStreams;
        }

        if (pool?.Http2KeepAlive is { } pings)
        {
            options.ConnectionKeepalive = new()
            {
                Interval = XdsMessages.Duration(pings.Interval),
                Timeout = XdsMessages.Duration(pings.Timeout),
            };
        }

        return options;
    }

    private static Pb.HttpProtocolOptions? Common(ConnectionPool? pool, TimeSpan? idleTimeout)
    {
        var common = new Pb.HttpProtocolOptions();
        if (idleTimeout is { } idle)
        {
            common.IdleTimeout = XdsMessages.Duration(idle);
        }

        if (pool?.MaxRequestsPerConnection is > 0)
        {
            common.MaxRequestsPerConnection = (uint)pool.MaxRequestsPerConnection;
        }

        if (pool?.MaxConnectionDuration is { } duration)
        {
            common.MaxConnectionDuration = XdsMessages.Duration(duration);
        }

        return common.CalculateSize() > 0 ? common : null;
    }
}
