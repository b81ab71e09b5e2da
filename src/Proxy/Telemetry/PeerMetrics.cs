using System.Globalization;
using System.Net;
using Mesh.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>What became of inbound connections before their first request: waits for TLS, refused plaintext, failed handshakes.</summary>
internal sealed class PeerMetrics
{
    private readonly TimeProvider _time;
    private readonly Histogram _waits;
    private readonly MetricFamily<int, Counter> _refused;
    private readonly MetricFamily<int, Counter> _failed;
    private readonly Counter _accepted;
    private readonly MetricFamily<(int Port, IPAddress Client), Counter> _plaintext;

    public PeerMetrics(MetricRegistry metrics, TimeProvider time)
    {
        _time = time;
        _waits = metrics.Histogram(
            "mesh_tls_detection_seconds",
            "Waits for a ClientHello on ports that take plaintext too and whose server may speak first, in seconds.",
            HistogramBuckets.PropagationSeconds
        );
        _refused = metrics.Counters<int>(
            "mesh_plaintext_refused_total",
            "Inbound connections closed because they were not mutual TLS and nothing else is taken.",
            ["port"],
            port => [port.ToString(CultureInfo.InvariantCulture)]
        );
        _failed = metrics.Counters<int>(
            "mesh_tls_handshakes_failed_total",
            "Inbound handshakes that failed.",
            ["port"],
            port => [port.ToString(CultureInfo.InvariantCulture)]
        );
        _plaintext = metrics.Counters<(int Port, IPAddress Client)>(
            "mesh_plaintext_connections_total",
            "Inbound connections in plaintext on ports that take mutual TLS too, by who opened them.",
            ["port", "client"],
            key => [key.Port.ToString(CultureInfo.InvariantCulture), key.Client.ToString()]
        );
        _accepted = metrics.Counter("mesh_tls_handshakes_total", "Inbound handshakes that succeeded.");
    }

    /// <param name="began">Timestamp.</param>
    public void Waited(long began) => _waits.Observe(_time.GetElapsedTime(began).TotalSeconds);

    /// <summary>Taken, but not for long if the port becomes STRICT.</summary>
    public void Plaintext(int port, IPAddress client) => _plaintext.Get((port, client)).Inc();

    public void Refused(int port) => _refused.Get(port).Inc();

    public void Failed(int port) => _failed.Get(port).Inc();

    public void Accepted() => _accepted.Inc();
}
