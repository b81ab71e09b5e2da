namespace Mesh.Proxy;

/// <summary>The one place that says what a <see cref="Failure"/> looks like to a client, in the log and in metrics.</summary>
internal static class FailureTable
{
    // Flags and bodies are Envoy's, so that dashboards and habits keep working (Envoy, access log "response flags").
    private static readonly FailureEntry[] Entries = Build();

    public static FailureEntry Of(Failure failure) => Entries[(int)failure];

    private static FailureEntry[] Build()
    {
        var entries = new FailureEntry[Enum.GetValues<Failure>().Length];
        void Set(Failure failure, int status, string flag, string body, bool retryable, int grpcStatus, string details) =>
            entries[(int)failure] = new FailureEntry(status, flag, body, retryable, grpcStatus, details);

        const string UpstreamError = "upstream connect error or disconnect/reset before headers. reset reason: ";
        const string BeforeHead = "upstream_reset_before_response_started";
        Set(Failure.None, 0, "-", "", false, 0, "via_upstream");
        Set(Failure.NoRoute, 404, "NR", "", false, 12, "route_not_found");
        Set(Failure.NoCluster, 503, "NC", "", false, 14, "cluster_not_found");
        Set(Failure.NoHealthyEndpoint, 503, "UH", "no healthy upstream", false, 14, "no_healthy_upstream");
        Set(Failure.ConnectFailed, 503, "UF", UpstreamError + "connection failure", true, 14, BeforeHead + "{connection_failure}");
        Set(Failure.UpstreamReset, 503, "UC", UpstreamError + "connection termination", true, 14, BeforeHead + "{connection_termination}");
        Set(Failure.UpstreamProtocolError, 502, "UPE", UpstreamError + "protocol error", false, 14, BeforeHead + "{protocol_error}");
        Set(Failure.RequestTimeout, 504, "UT", "upstream request timeout", false, 14, "upstream_response_timeout");
        Set(Failure.ClientAbort, 499, "DC", "", false, 1, "downstream_remote_disconnect");
        Set(Failure.ClientProtocolError, 400, "DPE", "", false, 13, "codec_error");
        Set(Failure.Draining, 503, "-", "this proxy is shutting down", false, 14, "draining");
        Set(Failure.NoConfiguration, 503, "NC", "this proxy has no configuration yet", false, 14, "no_configuration");
        Set(Failure.BlackHole, 502, "UH", "", false, 14, "black_hole");
        Set(Failure.HeadTooLarge, 431, "DPE", "", false, 8, "request_headers_too_large");
        Set(Failure.UpstreamBrokeOff, 502, "UC", "", false, 14, "upstream_reset_after_response_started{connection_termination}");
        Set(Failure.Overflow, 503, "UO", UpstreamError + "overflow", false, 14, BeforeHead + "{overflow}");
        return entries;
    }
}
