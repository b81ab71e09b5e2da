using System.Globalization;
using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Translation;

/// <summary>Names every block of a DestinationRule that sidecars do not act on yet; what asks for nothing but what happens anyway is left alone.</summary>
internal sealed class PolicyForceChecks(ConfigObject rule, Findings findings)
{
    // What sidecars do whatever the rule says (Istio's default).
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);

    public static void Check(ConfigObject<DestinationRuleSpec> rule, Findings findings)
    {
        var checks = new PolicyForceChecks(rule, findings);
        var spec = FieldPath.Root.Field("spec");
        checks.Policy(rule.Spec.TrafficPolicy, spec.Field("trafficPolicy"), rule.Location);
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            var subset = rule.Spec.Subsets[i];
            checks.Policy(subset.TrafficPolicy, spec.Field("subsets").Index(i).Field("trafficPolicy"), subset.Location);
        }
    }

    private void Policy(TrafficPolicySpec? policy, FieldPath path, SourceLocation location)
    {
        if (policy is null)
        {
            return;
        }

        Say(policy.Tunnel is not null, path.Field("tunnel"), "connections go straight to the destination", location);
        Say(policy.ProxyProtocol is not null, path.Field("proxyProtocol"), "no PROXY header is sent", location);
        Pool(policy.ConnectionPool, path.Field("connectionPool"), location);
        Tls(policy.Tls, path.Field("tls"), location);
        for (var i = 0; i < policy.PortLevelSettings.Length; i++)
        {
            var port = policy.PortLevelSettings[i];
            var at = path.Field("portLevelSettings").Index(i);
            Pool(port.ConnectionPool, at.Field("connectionPool"), port.Location);
            Tls(port.Tls, at.Field("tls"), port.Location);
        }
    }

    // In force: tcp.connectTimeout, http.h2UpgradePolicy, http.useClientProtocol. Numbers that are not positive ask for no limit.
    private void Pool(ConnectionPoolSpec? spec, FieldPath path, SourceLocation location)
    {
        if (spec?.Tcp is { } tcp)
        {
            var at = path.Field("tcp");
            Say(tcp.MaxConnections > 0, at.Field("maxConnections"), "connections are not limited", location);
            Say(tcp.TcpKeepalive is not null, at.Field("tcpKeepalive"), "the system's keep-alive holds", location);
            Say(
                tcp.MaxConnectionDuration is not null,
                at.Field("maxConnectionDuration"),
                "connections live as long as they are used",
                location
            );
            Idle(tcp.IdleTimeout, at, location);
        }

        if (spec?.Http is { } http)
        {
            var at = path.Field("http");
            Say(http.Http1MaxPendingRequests > 0, at.Field("http1MaxPendingRequests"), "waiting requests are not limited", location);
            Say(http.Http2MaxRequests > 0, at.Field("http2MaxRequests"), "requests in flight are not limited", location);
            Say(
                http.MaxRequestsPerConnection > 0,
                at.Field("maxRequestsPerConnection"),
                "connections are used again without limit",
                location
            );
            Say(http.MaxConcurrentStreams is not null, at.Field("maxConcurrentStreams"), "the destination's own limit holds", location);
            Say(http.Http2KeepAlive is not null, at.Field("http2KeepAlive"), "no pings are sent", location);
            Idle(http.IdleTimeout, at, location);
        }
    }

    private void Idle(TimeSpan? timeout, FieldPath parent, SourceLocation location) =>
        Say(
            timeout is not null && timeout != IdleTimeout,
            parent.Field("idleTimeout"),
            string.Create(CultureInfo.InvariantCulture, $"idle connections are closed after {IdleTimeout.TotalHours} h"),
            location
        );

    private void Tls(ClientTlsSpec? spec, FieldPath path, SourceLocation location) =>
        Say(
            spec is { Mode: not ClientTlsMode.Disable },
            path.Field("mode"),
            "sidecars do not speak TLS to endpoints, and rather than sent in clear, requests are answered 502 and connections closed",
            location
        );

    private void Say(bool written, FieldPath path, string consequence, SourceLocation location)
    {
        if (written)
        {
            findings.NotInForce(rule, path, consequence, location);
        }
    }
}
