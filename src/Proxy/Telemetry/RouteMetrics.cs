using System.Globalization;
using Mesh.Metrics;

namespace Mesh.Proxy.Telemetry;

/// <summary>The statistics of routes that ask for their own (VirtualService, <c>statPrefix</c>), with Envoy's names and labels.</summary>
internal sealed class RouteMetrics
{
    private static readonly string[] Labels = ["envoy_virtual_host", "envoy_route"];

    private readonly TimeProvider _time;
    private readonly MetricFamily<(string Host, string Route), Counter> _requests;
    private readonly MetricFamily<(string Host, string Route), Histogram> _times;
    private readonly MetricFamily<(string Host, string Route, int Class), Counter> _classes;

    public RouteMetrics(MetricRegistry registry, TimeProvider time)
    {
        _time = time;
        _requests = registry.Counters<(string Host, string Route)>(
            "envoy_vhost_route_upstream_rq_total",
            "Requests of routes with a statPrefix that were forwarded.",
            Labels,
            key => [key.Host, key.Route]
        );
        _classes = registry.Counters<(string Host, string Route, int Class)>(
            "envoy_vhost_route_upstream_rq_xx",
            "The same by class of the answer's status.",
            [.. Labels, "envoy_response_code_class"],
            key => [key.Host, key.Route, key.Class.ToString(CultureInfo.InvariantCulture)]
        );
        _times = registry.Histograms<(string Host, string Route)>(
            "envoy_vhost_route_upstream_rq_time",
            "From the request's first byte to its answer's last, in milliseconds.",
            HistogramBuckets.Milliseconds,
            Labels,
            key => [key.Host, key.Route]
        );
    }

    public void Add(RequestRecord record)
    {
        if (record.Plan is not { Rule: { StatPrefix.Length: > 0 } rule, VirtualHost: { } host, Forward: not null })
        {
            return;
        }

        var key = (host.Name, rule.StatPrefix);
        _requests.Get(key).Inc();
        _classes.Get((host.Name, rule.StatPrefix, record.StatusCode / 100)).Inc();
        _times.Get(key).Observe(_time.GetElapsedTime(record.StartTicks, record.EndTicks).TotalMilliseconds);
    }
}
