using System.Text;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.Formats;
using Mesh.Text;

namespace Mesh.Proxy.Telemetry;

/// <summary>
/// Fills in formats from a request's record, for header values and log lines alike. What nobody knows is left out of a header's value and is
/// <c>-</c> in a log line, where what came from outside is escaped too.
/// </summary>
internal static class FormatWriter
{
    private static readonly byte[] HostName = Encoding.UTF8.GetBytes(Environment.MachineName);

    // google.golang.org/grpc/codes and gRPC's "Status codes and their use": the names that Envoy prints.
    private static readonly string[] GrpcNames =
    [
        "OK",
        "Canceled",
        "Unknown",
        "InvalidArgument",
        "DeadlineExceeded",
        "NotFound",
        "AlreadyExists",
        "PermissionDenied",
        "ResourceExhausted",
        "FailedPrecondition",
        "Aborted",
        "OutOfRange",
        "Unimplemented",
        "Internal",
        "Unavailable",
        "DataLoss",
        "Unauthenticated",
    ];

    /// <param name="response">Of the upstream; null where there is none any more, or none yet.</param>
    public static void Write(
        LogLine line,
        ValueFormat format,
        RequestRecord record,
        TimeProvider time,
        bool escape,
        in ResponseFields response = default
    )
    {
        foreach (var place in format.Places)
        {
            switch (place.Operator)
            {
                case FormatOperator.Literal:
                    line.Raw(place.Text);
                    break;
                case FormatOperator.StartTime when place.Time is { } form:
                    Time(line, form, record.StartTime);
                    break;
                case FormatOperator.StartTime:
                    line.Time(record.StartTime);
                    break;
                case FormatOperator.RequestHeader:
                    Text(line, Header(record.Head, place), place.MaxLength, escape);
                    break;
                case FormatOperator.ResponseHeader when IsServiceTime(place.Text):
                    Milliseconds(line, record, record.AttemptTicks, record.UpstreamHeadTicks, time, escape);
                    break;
                case FormatOperator.ResponseHeader when place.Text.AsSpan().SequenceEqual(":status"u8):
                    line.Number(record.StatusCode);
                    break;
                case FormatOperator.ResponseHeader:
                    Text(line, response.Find(place.Text, place.Alternate), place.MaxLength, escape);
                    break;
                case FormatOperator.QueryParameter:
                    QueryParameters.TryFind(record.Head is { } head ? head.Query : default, place.Text, out var parameter);
                    Text(line, parameter, place.MaxLength, escape);
                    break;
                default:
                    Fact(line, place.Operator, record, time, escape);
                    break;
            }
        }
    }

    private static void Fact(LogLine line, FormatOperator fact, RequestRecord record, TimeProvider time, bool escape)
    {
        switch (fact)
        {
            case FormatOperator.Protocol:
                Text(line, Protocol(record.Head), escape);
                break;
            case FormatOperator.ResponseCode:
                line.Number(record.StatusCode);
                break;
            case FormatOperator.ResponseCodeDetails:
                Text(line, Details(record), escape);
                break;
            case FormatOperator.ResponseFlags:
                Text(line, ResponseFlagText.Of(record.Flags), escape);
                break;
            case FormatOperator.GrpcStatus:
                Text(line, (uint)record.GrpcStatus < (uint)GrpcNames.Length ? GrpcNames[record.GrpcStatus] : null, escape);
                break;
            case FormatOperator.GrpcStatusNumber when record.GrpcStatus >= 0:
                line.Number(record.GrpcStatus);
                break;
            case FormatOperator.BytesReceived:
                line.Number(record.RequestBytes);
                break;
            case FormatOperator.BytesSent:
                line.Number(record.ResponseBytes);
                break;
            case FormatOperator.Duration:
                Milliseconds(line, record, record.StartTicks, record.EndTicks, time, escape);
                break;
            case FormatOperator.ResponseDuration:
                Milliseconds(line, record, record.StartTicks, record.UpstreamHeadTicks, time, escape);
                break;
            case FormatOperator.RouteName:
                Text(line, record.Plan.Rule?.Name, escape);
                break;
            case FormatOperator.UpstreamCluster:
                Text(line, record.Cluster?.Name ?? record.Plan.Destination?.ClusterName, escape);
                break;
            case FormatOperator.UpstreamAttempts:
                line.Number(record.Attempts);
                break;
            case FormatOperator.UpstreamFailure:
                Text(line, record.ConnectError, escape);
                break;
            case FormatOperator.TerminationDetails:
                Text(line, record.TerminationDetails, escape);
                break;
            case FormatOperator.ServerName:
                Text(line, record.ServerName, escape);
                break;
            case FormatOperator.HostName:
                Text(line, HostName, int.MaxValue, escape);
                break;
            case FormatOperator.UpstreamHost or FormatOperator.UpstreamAddress or FormatOperator.UpstreamPort:
                Address(line, record.Endpoint?.Address, fact - FormatOperator.UpstreamHost, escape);
                break;
            case FormatOperator.UpstreamLocal or FormatOperator.UpstreamLocalAddress or FormatOperator.UpstreamLocalPort:
                Address(line, record.UpstreamLocal, fact - FormatOperator.UpstreamLocal, escape);
                break;
            case FormatOperator.DownstreamRemote or FormatOperator.DownstreamRemoteAddress or FormatOperator.DownstreamRemotePort:
                Address(line, record.DownstreamRemote, fact - FormatOperator.DownstreamRemote, escape);
                break;
            case FormatOperator.DownstreamLocal or FormatOperator.DownstreamLocalAddress or FormatOperator.DownstreamLocalPort:
                Address(line, record.DownstreamLocal, fact - FormatOperator.DownstreamLocal, escape);
                break;
            default:
                // No gRPC status.
                Text(line, (string?)null, escape);
                break;
        }
    }

    private static ReadOnlySpan<byte> Header(RequestHead? head, FormatPlace place) =>
        head is null ? default
        : Header(head, place.Text) is { IsEmpty: false } value ? value
        : place.Alternate.Length > 0 ? Header(head, place.Alternate)
        : default;

    private static ReadOnlySpan<byte> Header(RequestHead head, ReadOnlySpan<byte> name)
    {
        if (name[0] == (byte)':')
        {
            return name[1] switch
            {
                (byte)'m' => head.Method,
                (byte)'p' => head.OriginForm,
                (byte)'a' => head.Authority,
                (byte)'s' when name.SequenceEqual(":scheme"u8) => head.Scheme,
                _ => default,
            };
        }

        return name.SequenceEqual("host"u8) ? head.Authority
            : head.TryGet(name, out var value) ? value
            : default;
    }

    private static bool IsServiceTime(ReadOnlySpan<byte> name) => name.SequenceEqual("x-envoy-upstream-service-time"u8);

    private static string? Protocol(RequestHead? head) =>
        head?.Version switch
        {
            null => null,
            HttpVersionKind.Http2 => "HTTP/2",
            HttpVersionKind.Http10 => "HTTP/1.0",
            _ => "HTTP/1.1",
        };

    private static string? Details(RequestRecord record) =>
        record.Head is null && record.Failure == Failure.None ? null : record.AnswerDetails ?? FailureTable.Of(record.Failure).Details;

    private static void Text(LogLine line, scoped ReadOnlySpan<byte> value, int most, bool escape)
    {
        value = value[..Math.Min(value.Length, most)];
        if (escape)
        {
            line.Escaped(value);
        }
        else
        {
            line.Raw(value);
        }
    }

    private static void Text(LogLine line, string? value, bool escape)
    {
        if (escape || !string.IsNullOrEmpty(value))
        {
            line.Escaped(value);
        }
    }

    private static void Milliseconds(LogLine line, RequestRecord record, long from, long to, TimeProvider time, bool escape)
    {
        if (to == 0)
        {
            Text(line, (string?)null, escape);
        }
        else
        {
            line.Number((long)time.GetElapsedTime(from, to).TotalMilliseconds);
        }
    }

    // The three forms stand in this order among the operators.
    private static void Address(LogLine line, System.Net.IPEndPoint? address, int form, bool escape)
    {
        if (address is null)
        {
            Text(line, (string?)null, escape);
        }
        else if (form == 0)
        {
            line.Address(address);
        }
        else if (form == 1)
        {
            line.Address(address.Address);
        }
        else
        {
            line.Number(address.Port);
        }
    }

    private static void Time(LogLine line, TimeFormat format, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[Math.Min(format.MaxBytes, 2048)];
        line.Raw(text[..format.Write(time, text)]);
    }
}
