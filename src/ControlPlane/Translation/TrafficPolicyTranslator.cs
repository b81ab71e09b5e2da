using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The policy blocks of a DestinationRule; what the mesh does not carry yet is named, never dropped in silence.</summary>
internal static class TrafficPolicyTranslator
{
    public static TrafficPolicy Translate(
        TrafficPolicySpec? spec,
        ConfigObject rule,
        FieldPath path,
        SourceLocation location,
        Findings findings
    )
    {
        if (spec is null)
        {
            return TrafficPolicy.None;
        }

        if (spec.Tunnel is not null)
        {
            findings.NotInForce(rule, path.Field("tunnel"), "connections go straight to the destination", location);
        }

        if (spec.ProxyProtocol is not null)
        {
            findings.NotInForce(rule, path.Field("proxyProtocol"), "no PROXY header is sent", location);
        }

        if (spec.RetryBudget is not null)
        {
            findings.NotInForce(rule, path.Field("retryBudget"), "the mesh's default budget holds", location);
        }

        var ports = ImmutableArray.CreateBuilder<PortPolicy>();
        for (var i = 0; i < spec.PortLevelSettings.Length; i++)
        {
            var port = spec.PortLevelSettings[i];
            var at = path.Field("portLevelSettings").Index(i);
            ports.Add(
                new(
                    port.Port,
                    new(
                        Balancing(port.LoadBalancer, rule, at, port.Location, findings),
                        Pool(port.ConnectionPool, rule, at, port.Location, findings),
                        Outliers(port.OutlierDetection, rule, at, port.Location, findings),
                        Tls(port.Tls, rule, at, port.Location, findings),
                        []
                    )
                )
            );
        }

        return new(
            Balancing(spec.LoadBalancer, rule, path, location, findings),
            Pool(spec.ConnectionPool, rule, path, location, findings),
            Outliers(spec.OutlierDetection, rule, path, location, findings),
            Tls(spec.Tls, rule, path, location, findings),
            ports.ToImmutable()
        );
    }

    private static LoadBalancing? Balancing(
        LoadBalancerSpec? spec,
        ConfigObject rule,
        FieldPath parent,
        SourceLocation location,
        Findings findings
    )
    {
        if (spec is null)
        {
            return null;
        }

        var path = parent.Field("loadBalancer");
        if (spec.ConsistentHash is not null)
        {
            findings.NotInForce(rule, path.Field("consistentHash"), "requests go to the less loaded of two endpoints", location);
        }

        if (spec.LocalityLb is not null)
        {
            findings.NotInForce(rule, path.Field("localityLbSetting"), "endpoints of all localities are equal", location);
        }

        if (spec.Warmup is not null)
        {
            findings.NotInForce(rule, path.Field("warmup"), "new endpoints get their full share at once", location);
        }

        if (spec.ZoneAware is not null)
        {
            findings.NotInForce(rule, path.Field("zoneAwareLbSetting"), "endpoints of all zones are equal", location);
        }

        return new(
            spec.Simple switch
            {
                SimpleLoadBalancer.Random => LoadBalancerKind.Random,
                SimpleLoadBalancer.RoundRobin => LoadBalancerKind.RoundRobin,
                SimpleLoadBalancer.Passthrough => LoadBalancerKind.Passthrough,
                _ => LoadBalancerKind.LeastRequest,
            }
        );
    }

    private static ConnectionPool? Pool(
        ConnectionPoolSpec? spec,
        ConfigObject rule,
        FieldPath parent,
        SourceLocation location,
        Findings findings
    )
    {
        if (spec is null)
        {
            return null;
        }

        var path = parent.Field("connectionPool");
        if (spec.Tcp?.TcpKeepalive is not null)
        {
            findings.NotInForce(rule, path.Field("tcp").Field("tcpKeepalive"), "the system's keep-alive holds", location);
        }

        if (spec.Http?.Http2KeepAlive is not null)
        {
            findings.NotInForce(rule, path.Field("http").Field("http2KeepAlive"), "no pings are sent", location);
        }

        if (spec.Http?.MaxConcurrentStreams is not null)
        {
            findings.NotInForce(rule, path.Field("http").Field("maxConcurrentStreams"), "the destination's own limit holds", location);
        }

        return new(
            Positive(spec.Tcp?.MaxConnections),
            spec.Tcp?.ConnectTimeout,
            spec.Tcp?.IdleTimeout,
            spec.Tcp?.MaxConnectionDuration,
            Positive(spec.Http?.Http1MaxPendingRequests),
            Positive(spec.Http?.Http2MaxRequests),
            Positive(spec.Http?.MaxRequestsPerConnection),
            Positive(spec.Http?.MaxRetries),
            spec.Http?.IdleTimeout,
            spec.Http?.H2UpgradePolicy switch
            {
                H2UpgradePolicy.Upgrade => true,
                H2UpgradePolicy.DoNotUpgrade => false,
                _ => null,
            },
            spec.Http?.UseClientProtocol ?? false
        );
    }

    private static OutlierDetection? Outliers(
        OutlierDetectionSpec? spec,
        ConfigObject rule,
        FieldPath parent,
        SourceLocation location,
        Findings findings
    )
    {
        if (spec is null)
        {
            return null;
        }

        if (!spec.OutlierDetectionHttpErrorCodes.IsEmpty)
        {
            findings.NotInForce(
                rule,
                parent.Field("outlierDetection").Field("outlierDetectionHttpErrorCodes"),
                "every 5xx counts as an error",
                location
            );
        }

        return new(
            spec.Consecutive5xxErrors,
            spec.ConsecutiveGatewayErrors,
            spec.SplitExternalLocalOriginErrors,
            spec.ConsecutiveLocalOriginFailures,
            spec.Interval,
            spec.BaseEjectionTime,
            spec.MaxEjectionPercent,
            spec.MinHealthPercent
        );
    }

    private static UpstreamTls? Tls(ClientTlsSpec? spec, ConfigObject rule, FieldPath parent, SourceLocation location, Findings findings)
    {
        if (spec is null)
        {
            return null;
        }

        var path = parent.Field("tls");
        if (spec.CredentialName is not null)
        {
            findings.NotInForce(rule, path.Field("credentialName"), "no certificate of that name is found", location);
        }

        if (spec.CaCrl is not null)
        {
            findings.NotInForce(rule, path.Field("caCrl"), "revoked certificates are accepted", location);
        }

        return new(
            spec.Mode switch
            {
                ClientTlsMode.Simple => UpstreamTlsMode.Simple,
                ClientTlsMode.Mutual => UpstreamTlsMode.Mutual,
                ClientTlsMode.IstioMutual => UpstreamTlsMode.IstioMutual,
                _ => UpstreamTlsMode.Disable,
            },
            spec.ClientCertificate,
            spec.PrivateKey,
            spec.CaCertificates,
            spec.Sni,
            spec.SubjectAltNames,
            spec.InsecureSkipVerify ?? false
        );
    }

    // Istio ignores values that are not positive: zero cannot be asked for.
    private static int? Positive(int? value) => value > 0 ? value : null;
}
