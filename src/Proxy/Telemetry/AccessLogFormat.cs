using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Istio's default text format (meshconfig accessLogFormat), field for field, so that existing parsers work:
/// <c>[START_TIME] "METHOD PATH PROTOCOL" CODE FLAGS DETAILS TERMINATION "TRANSPORT_FAILURE" RX TX DURATION SERVICE_TIME "XFF" "UA" "ID"
/// "AUTHORITY" "UPSTREAM_HOST" CLUSTER UPSTREAM_LOCAL DOWNSTREAM_LOCAL DOWNSTREAM_REMOTE SNI ROUTE</c>.
/// </summary>
internal static class AccessLogFormat
{
    [ThreadStatic]
    private static LogLine? _line;

    /// <summary>The line; its bytes are this thread's until it formats the next.</summary>
    public static ReadOnlySpan<byte> Format(RequestRecord record, TimeProvider time, bool configVersion)
    {
        var line = _line ??= new();
        line.Clear();
        line.Raw((byte)'[');
        line.Time(record.StartTime);
        line.Raw("] \""u8);
        RequestLine(line, record.Head);
        line.Raw("\" "u8);
        Result(line, record);
        Counts(line, record, time);
        Client(line, record.Head);
        Upstream(line, record);
        line.Address(record.DownstreamLocal);
        line.Raw((byte)' ');
        line.Address(record.DownstreamRemote);
        line.Raw((byte)' ');
        line.Escaped(record.ServerName);
        line.Raw((byte)' ');
        line.Escaped(record.Plan.Rule?.Name);
        if (configVersion)
        {
            line.Raw((byte)' ');
            line.Escaped(record.Config?.Version);
        }

        line.Raw((byte)'\n');
        return line.Bytes;
    }

    private static void RequestLine(LogLine line, RequestHead? head)
    {
        if (head is null)
        {
            line.Raw("- - -"u8);
            return;
        }

        line.Escaped(head.Method);
        line.Raw((byte)' ');
        line.Escaped(head.OriginForm);
        line.Raw(
            head.Version switch
            {
                HttpVersionKind.Http2 => " HTTP/2"u8,
                HttpVersionKind.Http10 => " HTTP/1.0"u8,
                _ => " HTTP/1.1"u8,
            }
        );
    }

    private static void Result(LogLine line, RequestRecord record)
    {
        var failure = FailureTable.Of(record.Failure);
        line.Number(record.StatusCode);
        line.Raw((byte)' ');
        line.Escaped(ResponseFlagText.Of(record.Flags));
        line.Raw((byte)' ');
        line.Escaped(record.Head is null && record.Failure == Failure.None ? null : record.AnswerDetails ?? failure.Details);
        // Connection termination details: Envoy fills them for TLS and RBAC.
        line.Raw(" - \""u8);
        line.Escaped(record.ConnectError);
        line.Raw("\" "u8);
    }

    private static void Counts(LogLine line, RequestRecord record, TimeProvider time)
    {
        line.Number(record.RequestBytes);
        line.Raw((byte)' ');
        line.Number(record.ResponseBytes);
        line.Raw((byte)' ');
        line.Number((long)time.GetElapsedTime(record.StartTicks, record.EndTicks).TotalMilliseconds);
        line.Raw((byte)' ');
        if (record.UpstreamHeadTicks == 0)
        {
            line.Raw((byte)'-');
        }
        else
        {
            line.Number((long)time.GetElapsedTime(record.AttemptTicks, record.UpstreamHeadTicks).TotalMilliseconds);
        }

        line.Raw((byte)' ');
    }

    private static void Client(LogLine line, RequestHead? head)
    {
        Header(line, head, KnownHeader.XForwardedFor);
        Header(line, head, KnownHeader.UserAgent);
        Header(line, head, KnownHeader.XRequestId);
        line.Raw((byte)'"');
        line.Escaped(head is null ? default : head.Authority);
        line.Raw("\" "u8);
    }

    private static void Header(LogLine line, RequestHead? head, KnownHeader header)
    {
        line.Raw((byte)'"');
        line.Escaped(head is not null && head.TryGet(header, out var value) ? value : default);
        line.Raw("\" "u8);
    }

    private static void Upstream(LogLine line, RequestRecord record)
    {
        line.Raw((byte)'"');
        line.Address(record.Endpoint?.Address);
        line.Raw("\" "u8);
        line.Escaped(record.Cluster?.Name ?? record.Plan.Destination?.ClusterName);
        line.Raw((byte)' ');
        line.Address(record.UpstreamLocal);
        line.Raw((byte)' ');
    }
}
