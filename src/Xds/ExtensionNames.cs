namespace Mesh.Xds;

/// <summary>Well-known names that select an extension; gRPC clients compare some of them byte for byte.</summary>
public static class ExtensionNames
{
    /// <summary>Network filter.</summary>
    public const string HttpConnectionManager = "envoy.filters.network.http_connection_manager";

    /// <summary>Network filter.</summary>
    public const string TcpProxy = "envoy.filters.network.tcp_proxy";

    /// <summary>HTTP filter, always the last.</summary>
    public const string Router = "envoy.filters.http.router";

    /// <summary>HTTP filter.</summary>
    public const string Fault = "envoy.filters.http.fault";

    /// <summary>HTTP filter.</summary>
    public const string Cors = "envoy.filters.http.cors";

    /// <summary>HTTP filter; also the metadata that routes and policies find its claims in.</summary>
    public const string JwtAuthentication = "envoy.filters.http.jwt_authn";

    /// <summary>HTTP filter.</summary>
    public const string HttpRbac = "envoy.filters.http.rbac";

    /// <summary>HTTP filter.</summary>
    public const string ExtAuthz = "envoy.filters.http.ext_authz";

    /// <summary>Network filter.</summary>
    public const string NetworkRbac = "envoy.filters.network.rbac";

    /// <summary>Network filter.</summary>
    public const string NetworkExtAuthz = "envoy.filters.network.ext_authz";

    /// <summary>Matcher of paths.</summary>
    public const string UriTemplate = "envoy.path.match.uri_template.uri_template_matcher";

    /// <summary>Listener filter.</summary>
    public const string OriginalDst = "envoy.filters.listener.original_dst";

    /// <summary>Listener filter.</summary>
    public const string TlsInspector = "envoy.filters.listener.tls_inspector";

    /// <summary>Listener filter.</summary>
    public const string HttpInspector = "envoy.filters.listener.http_inspector";

    /// <summary>Transport socket.</summary>
    public const string Tls = "envoy.transport_sockets.tls";

    /// <summary>Transport socket.</summary>
    public const string RawBuffer = "envoy.transport_sockets.raw_buffer";

    /// <summary>Key of <c>Cluster.typed_extension_protocol_options</c>.</summary>
    public const string UpstreamHttpProtocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

    /// <summary>Key of the endpoint metadata that <c>Cluster.transport_socket_matches</c> compares.</summary>
    public const string TransportSocketMatch = "envoy.transport_socket_match";
}
