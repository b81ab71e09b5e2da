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
        void Set(Failure failure, int status, string flag, string body, bool retryable, int grpcStatus) =>
            entries[(int)failure] = new FailureEntry(status, flag, body, retryable, grpcStatus);

        const string UpstreamError = "upstream connect error or disconnect/reset before headers. reset reason: ";
        Set(Failure.None, 0, "-", "", false, 0);
        Set(Failure.NoRoute, 404, "NR", "", false, 12);
        Set(Failure.NoCluster, 503, "NC", "", false, 14);
        Set(Failure.NoHealthyEndpoint, 503, "UH", "no healthy upstream", false, 14);
        Set(Failure.ConnectFailed, 503, "UF", UpstreamError + "connection failure", true, 14);
        Set(Failure.UpstreamReset, 503, "UC", UpstreamError + "connection termination", true, 14);
        Set(Failure.UpstreamProtocolError, 502, "UPE", UpstreamError + "protocol error", false, 14);
        Set(Failure.RequestTimeout, 504, "UT", "upstream request timeout", false, 14);
        Set(Failure.ClientAbort, 499, "DC", "", false, 1);
        Set(Failure.ClientProtocolError, 400, "DPE", "", false, 13);
        Set(Failure.Draining, 503, "-", "this proxy is shutting down", false, 14);
        Set(Failure.NoConfiguration, 503, "NC", "this proxy has no configuration yet", false, 14);
        return entries;
    }
}
