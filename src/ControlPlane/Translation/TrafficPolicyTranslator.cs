using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The policy blocks of a DestinationRule; <see cref="PolicyForceChecks"/> says which of them nothing acts on yet.</summary>
internal static class TrafficPolicyTranslator
{
    /// <param name="inherits">A subset's: what is absent is the rule's.</param>
    public static TrafficPolicy Translate(TrafficPolicySpec? spec, DestinationRuleExtensionsSpec extensions, bool inherits) =>
        spec is null
            ? TrafficPolicy.None with
            {
                LoadBalancing = BalancingTranslator.Translate(null, extensions.LatencyAware, inherits),
            }
            : new(
                BalancingTranslator.Translate(spec.LoadBalancer, extensions.LatencyAware, inherits),
                Pool(spec.ConnectionPool),
                Outliers(spec.OutlierDetection, extensions),
                Tls(spec.Tls),
                [
                    .. spec.PortLevelSettings.Select(port => new PortPolicy(
                        port.Port,
                        new(
                            BalancingTranslator.Translate(port.LoadBalancer, extensions.LatencyAware, inherits: false),
                            Pool(port.ConnectionPool),
                            Outliers(port.OutlierDetection, extensions),
                            Tls(port.Tls),
                            []
                        )
                    )),
                ]
            )
            {
                RetryBudget = Budget(spec.RetryBudget),
            };

    private static RetryBudget? Budget(RetryBudgetSpec? spec) =>
        spec is null
            ? null
            : new(
                spec.Percent ?? RetryBudget.Default.Percent,
                spec.MinRetryConcurrency ?? RetryBudget.Default.AtLeast,
                spec.BudgetInterval ?? RetryBudget.Default.Interval
            );

    private static ConnectionPool? Pool(ConnectionPoolSpec? spec) =>
        spec is null
            ? null
            : new(
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
                spec.Http?.UseClientProtocol ?? false,
                spec.Tcp?.TcpKeepalive is { } keepalive ? new(Positive(keepalive.Probes), keepalive.Time, keepalive.Interval) : null,
                Positive(spec.Http?.MaxConcurrentStreams),
                spec.Http?.Http2KeepAlive is { } pings ? new(pings.Interval, pings.Timeout) : null
            );

    private static OutlierDetection? Outliers(OutlierDetectionSpec? spec, DestinationRuleExtensionsSpec extensions) =>
        spec is null
            ? null
            : new(
                spec.Consecutive5xxErrors,
                spec.ConsecutiveGatewayErrors,
                spec.SplitExternalLocalOriginErrors,
                spec.ConsecutiveLocalOriginFailures,
                spec.Interval,
                spec.BaseEjectionTime,
                spec.MaxEjectionPercent,
                spec.MinHealthPercent,
                spec.OutlierDetectionHttpErrorCodes,
                extensions.SuccessRate is { } rate ? new(rate.MinimumHosts, rate.RequestVolume, rate.StdevFactor, rate.Enforcing) : null,
                extensions.FailurePercentage is { } share
                    ? new(share.Threshold, share.MinimumHosts, share.RequestVolume, share.Enforcing)
                    : null,
                extensions.HalfOpenProbe is { } probe ? new(probe.Successes ?? 1) : null
            );

    private static UpstreamTls? Tls(ClientTlsSpec? spec) =>
        spec is null
            ? null
            : new(
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
            )
            {
                CredentialName = spec.CredentialName,
                RevocationList = spec.CaCrl,
            };

    // Istio ignores values that are not positive: zero cannot be asked for.
    private static int? Positive(int? value) => value > 0 ? value : null;
}
