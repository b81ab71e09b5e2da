using Mesh.Proxy.Configuration;
using Mesh.Proxy.Connections;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Http;

/// <summary>
/// What Kestrel refuses of HTTP/2 before there is a request of ours, told by its log, which is the only thing that knows: counted, and in the access
/// log as what it is, a request that broke a rule.
/// </summary>
/// <param name="targetOf">By the connection's id; null where it has gone.</param>
internal sealed class Http2Refusals(
    Func<string, ConnectionTarget?> targetOf,
    ConfigStore store,
    ClientMetrics metrics,
    RecordSink sink,
    TimeProvider time
)
{
    // RFC 9113 section 7.
    private const string ProtocolError = "PROTOCOL_ERROR";

    /// <summary>Whether an event of this name is of interest.</summary>
    public static bool Wants(string? name) => ReasonOf(name).Length > 0;

    /// <param name="values">Of the event's message.</param>
    public void Saw(string? name, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        // An application that gives up its stream has the same event with another error.
        if (name == "Http2StreamResetAbort" && Find(values, "error") != ProtocolError)
        {
            return;
        }

        metrics.Refused(ReasonOf(name));
        // A stream's trace id is its connection's with the stream behind it.
        var id = Find(values, "ConnectionId") ?? Find(values, "TraceIdentifier") ?? "";
        if (targetOf(id.Split(':')[0]) is { } target)
        {
            Report(target);
        }
    }

    private void Report(ConnectionTarget target)
    {
        var head = new RequestHead();
        head.Begin(HttpVersionKind.Http2, "-", Uri.UriSchemeHttp, "", "-");
        var now = time.GetTimestamp();
        var record = new RequestRecord
        {
            Head = head,
            Config = store.Current,
            Failure = Failure.ClientProtocolError,
            StartTime = time.GetUtcNow(),
            StartTicks = now,
            EndTicks = now,
        };
        record.CameBy(target);
        sink.Add(record);
    }

    private static string ReasonOf(string? name) =>
        name switch
        {
            "Http2ConnectionError" => "connection_error",
            "HPackDecodingError" => "header_compression",
            "Http2StreamResetAbort" or "Http2StreamError" => "stream_error",
            "ResponseMinimumDataRateNotSatisfied" => ClientMetrics.SlowReader,
            _ => "",
        };

    private static string? Find(IReadOnlyList<KeyValuePair<string, object?>> values, string name)
    {
        foreach (var (key, value) in values)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value?.ToString();
            }
        }

        return null;
    }
}
