using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Which HTTP version a cluster's endpoints are spoken to in, and what limits a connection's life.</summary>
internal static class UpstreamProtocolGenerator
{
    public static bool IsHttp2(PortProtocol protocol, ConnectionPool? pool) =>
        protocol is PortProtocol.Http2 or PortProtocol.Grpc
        || (protocol is PortProtocol.Http && pool is { UpgradeToHttp2: true, UseClientProtocol: false });

    /// <summary>
    /// | port | endpoints get |
    /// | http2, grpc | HTTP/2 |
    /// | http | HTTP/1.1; HTTP/2 with h2UpgradePolicy UPGRADE; the client's with useClientProtocol |
    /// | undeclared | the client's |
    /// | others | nothing is said |
    /// </summary>
    public static void Generate(Pb.Cluster cluster, PortProtocol protocol, ConnectionPool? pool)
    {
        if (protocol is PortProtocol.Tcp or PortProtocol.Tls or PortProtocol.Https)
        {
            return;
        }

        var options = new Pb.Upstreams.HttpProtocolOptions();
        var same = pool?.UseClientProtocol == true || protocol == PortProtocol.Unknown;
        if (IsHttp2(protocol, pool))
        {
            options.ExplicitHttpConfig = new() { Http2ProtocolOptions = new() };
        }
        else if (same)
        {
            options.UseDownstreamProtocolConfig = new() { HttpProtocolOptions = new(), Http2ProtocolOptions = new() };
        }
        else
        {
            options.ExplicitHttpConfig = new() { HttpProtocolOptions = new() };
        }

        if (pool is not null)
        {
            var common = new Pb.HttpProtocolOptions();
            if (pool.IdleTimeout is { } idle)
            {
                common.IdleTimeout = XdsMessages.Duration(idle);
            }

            if (pool.MaxRequestsPerConnection is > 0)
            {
                common.MaxRequestsPerConnection = (uint)pool.MaxRequestsPerConnection;
            }

            if (pool.MaxConnectionDuration is { } duration)
            {
                common.MaxConnectionDuration = XdsMessages.Duration(duration);
            }

            if (common.CalculateSize() > 0)
            {
                options.CommonHttpProtocolOptions = common;
            }
        }

        cluster.TypedExtensionProtocolOptions.Add(ExtensionNames.UpstreamHttpProtocolOptions, Any.Pack(options));
    }
}
