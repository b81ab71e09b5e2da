using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy;

/// <summary>The one place that says what a <see cref="Failure"/> looks like to a client, in the log and in metrics, and what retries it.</summary>
internal static class FailureTable
{
    private const string BeforeHead = "upstream_reset_before_response_started";

    // Flags and bodies are Envoy's, so that dashboards and habits keep working (Envoy, access log "response flags").
    private static readonly FailureEntry[] Entries = Build();

    public static FailureEntry Of(Failure failure) => Entries[(int)failure];

    private static FailureEntry[] Build()
    {
        var entries = new FailureEntry[Enum.GetValues<Failure>().Length];
        void Set(Failure failure, int status, ResponseFlags flags, string body, int grpcStatus, string details) =>
            entries[(int)failure] = new FailureEntry(status, flags, body, RetryConditions.None, grpcStatus, details);

        // What ended an attempt before its head came: Envoy's stream resets, each with its reason.
        void Reset(Failure failure, int status, ResponseFlags flags, string reason, RetryConditions on) =>
            entries[(int)failure] = new FailureEntry(
                status,
                flags,
                Sentence(reason, ""),
                on,
                14,
                $"{BeforeHead}{{{reason.Replace(' ', '_')}}}"
            )
            {
                BodyAfterRetries = Sentence(reason, "retried and the latest "),
            };

        // Envoy counts every reset as the 5xx that it becomes (router, "retry on 5xx").
        const RetryConditions AnyReset = RetryConditions.ServerError | RetryConditions.GatewayError | RetryConditions.Reset;

        Set(Failure.None, 0, ResponseFlags.None, "", 0, "via_upstream");
        Set(Failure.NoRoute, 404, ResponseFlags.NoRouteFound, "", 12, "route_not_found");
        Set(Failure.NoCluster, 503, ResponseFlags.NoClusterFound, "", 14, "cluster_not_found");
        Set(Failure.NoHealthyEndpoint, 503, ResponseFlags.NoHealthyUpstream, "no healthy upstream", 14, "no_healthy_upstream");
        Reset(
            Failure.ConnectFailed,
            503,
            ResponseFlags.UpstreamConnectionFailure,
            "connection failure",
            AnyReset | RetryConditions.ConnectFailure
        );
        Reset(
            Failure.ConnectTimeout,
            503,
            ResponseFlags.UpstreamConnectionFailure,
            "connection timeout",
            AnyReset | RetryConditions.ConnectFailure
        );
        Reset(Failure.UpstreamReset, 503, ResponseFlags.UpstreamConnectionTermination, "connection termination", AnyReset);
        Reset(Failure.StreamReset, 503, ResponseFlags.UpstreamRemoteReset, "remote reset", AnyReset);
        Reset(
            Failure.StreamRefused,
            503,
            ResponseFlags.UpstreamRemoteReset,
            "remote refused stream reset",
            AnyReset | RetryConditions.RefusedStream
        );
        Reset(Failure.UpstreamProtocolError, 502, ResponseFlags.UpstreamProtocolError, "protocol error", AnyReset);
        // Never retried: what the limit keeps from one try it keeps from the next.
        Reset(Failure.Overflow, 503, ResponseFlags.UpstreamOverflow, "overflow", RetryConditions.None);
        Set(Failure.RequestTimeout, 504, ResponseFlags.UpstreamRequestTimeout, "upstream request timeout", 14, "upstream_response_timeout");
        Set(
            Failure.DeadlineExceeded,
            504,
            ResponseFlags.UpstreamRequestTimeout,
            "upstream request timeout",
            4,
            "upstream_response_timeout"
        );
        Set(Failure.TryTimeout, 504, ResponseFlags.UpstreamRequestTimeout, "upstream request timeout", 14, "upstream_per_try_timeout");
        entries[(int)Failure.TryTimeout] = entries[(int)Failure.TryTimeout] with { RetriedOn = AnyReset };
        Set(Failure.RequestStalled, 408, ResponseFlags.StreamIdleTimeout, "stream timeout", 2, "stream_idle_timeout");
        Set(Failure.StreamIdle, 504, ResponseFlags.StreamIdleTimeout, "stream timeout", 14, "stream_idle_timeout");
        Set(Failure.ClientAbort, 499, ResponseFlags.DownstreamConnectionTermination, "", 1, "downstream_remote_disconnect");
        Set(Failure.NoFilterChain, 503, ResponseFlags.NoRouteFound, "this port takes other connections only", 14, "filter_chain_not_found");
        Set(Failure.ClientProtocolError, 400, ResponseFlags.DownstreamProtocolError, "", 13, "codec_error");
        Set(Failure.Draining, 503, ResponseFlags.None, "this proxy is shutting down", 14, "draining");
        Set(Failure.NoConfiguration, 503, ResponseFlags.NoClusterFound, "this proxy has no configuration yet", 14, "no_configuration");
        Set(Failure.BlackHole, 502, ResponseFlags.NoHealthyUpstream, "", 14, "black_hole");
        Set(Failure.HeadTooLarge, 431, ResponseFlags.DownstreamProtocolError, "", 8, "request_headers_too_large");
        Set(Failure.FaultAbort, 503, ResponseFlags.FaultInjected, "fault filter abort", 14, "fault_filter_abort");
        Set(
            Failure.UpstreamBrokeOff,
            502,
            ResponseFlags.UpstreamConnectionTermination,
            "",
            14,
            "upstream_reset_after_response_started{connection_termination}"
        );
        Set(Failure.AccessDenied, 403, ResponseFlags.None, "RBAC: access denied", 7, "rbac_access_denied");
        Set(Failure.CheckDenied, 403, ResponseFlags.UnauthorizedByService, "", 7, "ext_authz_denied");
        Set(Failure.CheckFailed, 403, ResponseFlags.UnauthorizedByService, "", 7, "ext_authz_error");
        return entries;
    }

    private static string Sentence(string reason, string retried) =>
        $"upstream connect error or disconnect/reset before headers. {retried}reset reason: {reason}";
}
