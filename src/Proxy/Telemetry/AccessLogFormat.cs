using Mesh.Proxy.Routing.Formats;

namespace Mesh.Proxy.Telemetry;

/// <summary>Istio's default text format (meshconfig accessLogFormat), so that existing parsers work.</summary>
internal static class AccessLogFormat
{
    // A path is logged as the client sent it, whether a rule rewrote it or not: Istio reads the same from a header.
    private static readonly ValueFormat Istio = ValueFormat.Parse(
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
            + " %CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\" %BYTES_RECEIVED% %BYTES_SENT% %DURATION%"
            + " %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\""
            + " \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS%"
            + " %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%"
    );

    [ThreadStatic]
    private static LogLine? _line;

    /// <summary>The line; its bytes are this thread's until it formats the next.</summary>
    public static ReadOnlySpan<byte> Format(RequestRecord record, TimeProvider time, bool configVersion)
    {
        var line = _line ??= new();
        line.Clear();
        FormatWriter.Write(line, Istio, record, time, escape: true);
        if (configVersion)
        {
            line.Raw((byte)' ');
            line.Escaped(record.Config?.Version);
        }

        line.Raw((byte)'\n');
        return line.Bytes;
    }
}
