using System.Globalization;
using Mesh.Metrics;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Telemetry;

/// <summary>Istio's standard metrics, with Istio's names and labels. One look-up a request and metric, no allocation once a series exists.</summary>
internal sealed class RequestMetrics
{
    private const string Unknown = "unknown";

    private static readonly string[] ConnectionLabels =
    [
        "reporter",
        "source_workload",
        "source_canonical_service",
        "source_canonical_revision",
        "source_workload_namespace",
        "source_principal",
        "source_app",
        "source_version",
        "source_cluster",
        "destination_workload",
        "destination_workload_namespace",
        "destination_principal",
        "destination_app",
        "destination_version",
        "destination_service",
        "destination_canonical_service",
        "destination_canonical_revision",
        "destination_service_name",
        "destination_service_namespace",
        "destination_cluster",
        "request_protocol",
        "response_flags",
        "connection_security_policy",
    ];

    private static readonly string[] RequestLabels = [.. ConnectionLabels, "response_code", "grpc_response_status"];

    private readonly TimeProvider _time;
    private readonly RouteMetrics _routes;
    private readonly MetricFamily<RequestSeries, Counter> _requests;
    private readonly MetricFamily<RequestSeries, Histogram> _durations;
    private readonly RecentSeriesCache _recent = new();
    private readonly MetricFamily<RequestSeries, Counter> _opened;
    private readonly MetricFamily<RequestSeries, Counter> _closed;
    private readonly MetricFamily<RequestSeries, Counter> _sent;
    private readonly MetricFamily<RequestSeries, Counter> _received;

    public RequestMetrics(MetricRegistry registry, TimeProvider time)
    {
        _time = time;
        _routes = new RouteMetrics(registry, time);
        _requests = registry.Counters<RequestSeries>("istio_requests_total", "Requests that ended.", RequestLabels, LabelsOfRequest);
        _durations = registry.Histograms<RequestSeries>(
            "istio_request_duration_milliseconds",
            "From a request's first byte to its answer's last, in milliseconds.",
            HistogramBuckets.Milliseconds,
            RequestLabels,
            LabelsOfRequest
        );
        _opened = Tcp(registry, "istio_tcp_connections_opened_total", "TCP connections opened.");
        _closed = Tcp(registry, "istio_tcp_connections_closed_total", "TCP connections closed.");
        _sent = Tcp(registry, "istio_tcp_sent_bytes_total", "Bytes sent to clients over TCP connections.");
        _received = Tcp(registry, "istio_tcp_received_bytes_total", "Bytes received from clients over TCP connections.");
    }

    public void Add(RequestRecord record)
    {
        if (record.Head is null)
        {
            var connection = SeriesOf(record);
            _closed.Get(connection).Inc();
            _sent.Get(connection).Add(record.ResponseBytes);
            _received.Get(connection).Add(record.RequestBytes);
            return;
        }

        _routes.Add(record);
        var recent = _recent.Find(record) ?? Remember(record);
        recent.Requests.Inc();
        recent.Durations.Observe(_time.GetElapsedTime(record.StartTicks, record.EndTicks).TotalMilliseconds);
    }

    /// <summary>A TCP connection found its endpoint; <see cref="Add"/> follows when it closes.</summary>
    public void Opened(RequestRecord record) => _opened.Get(SeriesOf(record)).Inc();

    private static MetricFamily<RequestSeries, Counter> Tcp(MetricRegistry registry, string name, string help) =>
        registry.Counters<RequestSeries>(name, help, ConnectionLabels, LabelsOfConnection);

    private RecentSeries Remember(RequestRecord record)
    {
        var series = SeriesOf(record);
        var found = new RecentSeries(record, _requests.Get(series), _durations.Get(series));
        _recent.Add(found);
        return found;
    }

    private static RequestSeries SeriesOf(RequestRecord record) =>
        new(
            record.Inbound,
            record.Config?.Self ?? WorkloadInfo.Unknown,
            record.Inbound ? WorkloadInfo.Unknown : record.Endpoint?.Workload ?? WorkloadInfo.Unknown,
            record.Cluster?.ServiceHost ?? "",
            record.Cluster?.Name ?? "",
            record.Head is not { } head ? "tcp"
                : head.IsGrpc ? "grpc"
                : "http",
            record.StatusCode,
            record.GrpcStatus,
            ResponseFlagText.Of(record.Flags),
            record.SourcePrincipal,
            record.DestinationPrincipal
        );

    private static string[] LabelsOfRequest(RequestSeries series) =>
        [
            .. LabelsOfConnection(series),
            series.StatusCode.ToString(CultureInfo.InvariantCulture),
            series.GrpcStatus < 0 ? "" : series.GrpcStatus.ToString(CultureInfo.InvariantCulture),
        ];

    private static string[] LabelsOfConnection(RequestSeries series)
    {
        var source = series.Inbound ? series.Peer : series.Self;
        var destination = series.Inbound ? series.Self : series.Peer;
        var (service, name, serviceNamespace) = ServiceOf(series, destination);
        return
        [
            series.Inbound ? "destination" : "source",
            source.Name,
            source.App,
            source.Version,
            source.Namespace,
            series.SourcePrincipal ?? Unknown,
            source.App,
            source.Version,
            source.Cluster,
            destination.Name,
            destination.Namespace,
            series.DestinationPrincipal ?? Unknown,
            destination.App,
            destination.Version,
            service,
            destination.App,
            destination.Version,
            name,
            serviceNamespace,
            destination.Cluster,
            series.Protocol,
            series.Flags,
            // Istio: only the destination knows; the source says unknown.
            !series.Inbound ? Unknown
            : series.SourcePrincipal is null ? "none"
            : "mutual_tls",
        ];
    }

    // name.namespace.svc.domain; other hosts are names of their own, and clusters without a service are named themselves.
    private static (string Service, string Name, string Namespace) ServiceOf(RequestSeries series, WorkloadInfo destination)
    {
        if (series.ServiceHost.Length == 0)
        {
            return (Unknown, series.ClusterName.Length == 0 ? Unknown : series.ClusterName, destination.Namespace);
        }

        var parts = series.ServiceHost.Split('.', 4);
        return parts is [var name, var ns, "svc", _]
            ? (series.ServiceHost, name, ns)
            : (series.ServiceHost, series.ServiceHost, destination.Namespace);
    }
}
