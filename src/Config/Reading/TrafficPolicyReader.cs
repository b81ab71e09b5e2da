using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads the blocks of a traffic policy but for balancing.</summary>
internal static class TrafficPolicyReader
{
    private const int Highest = int.MaxValue;

    private static readonly EnumTable<H2UpgradePolicy> H2Upgrades = new(
        ("DEFAULT", H2UpgradePolicy.Default),
        ("DO_NOT_UPGRADE", H2UpgradePolicy.DoNotUpgrade),
        ("UPGRADE", H2UpgradePolicy.Upgrade)
    );

    private static readonly EnumTable<ClientTlsMode> TlsModes = new(
        ("DISABLE", ClientTlsMode.Disable),
        ("SIMPLE", ClientTlsMode.Simple),
        ("MUTUAL", ClientTlsMode.Mutual),
        ("ISTIO_MUTUAL", ClientTlsMode.IstioMutual)
    );

    internal static ConnectionPoolSpec ReadConnectionPool(ObjectReader reader) =>
        new() { Tcp = reader.Object("tcp", ReadTcp), Http = reader.Object("http", ReadHttp) };

    internal static OutlierDetectionSpec ReadOutlierDetection(ObjectReader reader)
    {
        var spec = new OutlierDetectionSpec
        {
            Consecutive5xxErrors = reader.Integer("consecutive5xxErrors"),
            ConsecutiveGatewayErrors = reader.Integer("consecutiveGatewayErrors"),
            ConsecutiveLocalOriginFailures = reader.Integer("consecutiveLocalOriginFailures"),
            SplitExternalLocalOriginErrors = reader.Boolean("splitExternalLocalOriginErrors") ?? false,
            Interval = reader.Duration("interval"),
            BaseEjectionTime = reader.Duration("baseEjectionTime"),
            MaxEjectionPercent = (int?)reader.Percent("maxEjectionPercent"),
            MinHealthPercent = (int?)reader.Percent("minHealthPercent"),
            OutlierDetectionHttpErrorCodes = reader.Integers("outlierDetectionHttpErrorCodes", 100, 599),
        };
        if (!reader.Old("consecutiveErrors", "consecutiveGatewayErrors (its old meaning) or consecutive5xxErrors"))
        {
            return spec;
        }
        // It counted gateway errors (istio/api#617) and switched the count of 5xx off.
        var errors = reader.Integer("consecutiveErrors");
        return spec with
        {
            ConsecutiveGatewayErrors = spec.ConsecutiveGatewayErrors ?? errors,
            Consecutive5xxErrors = spec.Consecutive5xxErrors ?? 0,
        };
    }

    internal static ClientTlsSpec ReadTls(ObjectReader reader) =>
        new()
        {
            Mode = reader.Enum("mode", TlsModes) ?? ClientTlsMode.Disable,
            ClientCertificate = reader.Text("clientCertificate"),
            PrivateKey = reader.Text("privateKey"),
            CaCertificates = reader.Text("caCertificates"),
            CaCrl = reader.Text("caCrl"),
            CredentialName = reader.Text("credentialName"),
            SubjectAltNames = reader.Texts("subjectAltNames"),
            Sni = reader.Text("sni"),
            InsecureSkipVerify = reader.Boolean("insecureSkipVerify"),
        };

    private static TcpPoolSpec ReadTcp(ObjectReader reader) =>
        new()
        {
            MaxConnections = reader.Integer("maxConnections", -Highest),
            ConnectTimeout = reader.Duration("connectTimeout"),
            TcpKeepalive = reader.Object("tcpKeepalive", ReadKeepalive),
            MaxConnectionDuration = reader.Duration("maxConnectionDuration"),
            IdleTimeout = reader.Duration("idleTimeout", allowZero: true),
        };

    private static TcpKeepaliveSpec ReadKeepalive(ObjectReader reader) =>
        new()
        {
            Probes = reader.Integer("probes"),
            Time = reader.Duration("time"),
            Interval = reader.Duration("interval"),
        };

    private static HttpPoolSpec ReadHttp(ObjectReader reader) =>
        new()
        {
            Http1MaxPendingRequests = reader.Integer("http1MaxPendingRequests", -Highest),
            Http2MaxRequests = reader.Integer("http2MaxRequests", -Highest),
            MaxRequestsPerConnection = reader.Integer("maxRequestsPerConnection", -Highest),
            MaxRetries = reader.Integer("maxRetries", -Highest),
            IdleTimeout = reader.Duration("idleTimeout", allowZero: true),
            H2UpgradePolicy = reader.Enum("h2UpgradePolicy", H2Upgrades),
            UseClientProtocol = reader.Boolean("useClientProtocol") ?? false,
            MaxConcurrentStreams = reader.Integer("maxConcurrentStreams", -Highest),
            Http2KeepAlive = reader.Object(
                "http2KeepAlive",
                keepAlive => new Http2KeepAliveSpec
                {
                    Interval = keepAlive.RequiredDuration("interval"),
                    Timeout = keepAlive.RequiredDuration("timeout"),
                },
                "an object with interval and timeout"
            ),
        };
}
