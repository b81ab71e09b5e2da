using System.Globalization;
using System.Text;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Admin;

/// <summary><c>/clusters</c>: what may be picked, and what happened to it so far; in the lines of Envoy, and a few of our own.</summary>
internal static class ClusterPage
{
    /// <param name="now">See <see cref="IOutlierObserver.Now"/>.</param>
    public static string Text(ProxyConfig? config, TimeSpan now)
    {
        var text = new StringBuilder();
        foreach (var cluster in Ordered(config))
        {
            Append(text, cluster);
            foreach (var endpoint in cluster.Endpoints)
            {
                Append(text, cluster, endpoint, now);
            }
        }

        return text.ToString();
    }

    public static IEnumerable<Cluster> Ordered(ProxyConfig? config) =>
        config?.Clusters.Values.OrderBy(c => c.Name, StringComparer.Ordinal) ?? Enumerable.Empty<Cluster>();

    /// <summary>Envoy's words for what keeps an endpoint from being picked; <c>healthy</c> where nothing does.</summary>
    public static string HealthFlags(Endpoint endpoint)
    {
        var flags =
            (endpoint.State.IsEjected ? "/failed_outlier_check" : "")
            + endpoint.Health switch
            {
                EndpointHealth.Unhealthy => "/failed_eds_health",
                EndpointHealth.Degraded => "/degraded_eds_health",
                _ => "",
            };
        return flags.Length == 0 ? "healthy" : flags;
    }

    /// <summary>Until an ejected endpoint may return, in whole milliseconds; 0 also where a probe decides.</summary>
    public static long EjectionTimeLeft(Endpoint endpoint, OutlierPolicy? policy, TimeSpan now) =>
        policy is null ? 0 : (long)endpoint.State.Ejection.TimeLeft(policy, now).TotalMilliseconds;

    private static void Append(StringBuilder text, Cluster cluster)
    {
        var name = cluster.Name;
        Line(text, name, "observability_name", name);
        if (cluster.Outliers is not null)
        {
            var (answers, connects) = cluster.State.Outliers.Rates;
            Line(text, name, "outlier::success_rate_average", Number(answers.Average));
            Line(text, name, "outlier::success_rate_ejection_threshold", Number(answers.Threshold));
            Line(text, name, "outlier::local_origin_success_rate_average", Number(connects.Average));
            Line(text, name, "outlier::local_origin_success_rate_ejection_threshold", Number(connects.Threshold));
        }

        Limits(text, name, cluster.Limits);
        Line(text, name, "type", cluster.Kind);
        Line(text, name, "protocol", cluster.Protocol);
    }

    private static void Limits(StringBuilder text, string name, ClusterLimits limits)
    {
        const string Priority = "default_priority::";
        Line(text, name, Priority + "max_connections", limits.MaxConnections);
        Line(text, name, Priority + "max_pending_requests", limits.MaxPendingRequests);
        Line(text, name, Priority + "max_requests", limits.MaxRequests);
        Line(text, name, Priority + "max_retries", limits.MaxRetries);
    }

    private static void Append(StringBuilder text, Cluster cluster, Endpoint endpoint, TimeSpan now)
    {
        var name = $"{cluster.Name}::{endpoint.Address}";
        var state = endpoint.State;
        var (active, failed, total) = (state.ActiveRequests, state.FailedRequests, state.TotalRequests);
        Line(text, name, "cx_active", state.Connections.Http1Connections);
        Line(text, name, "rq_active", active);
        Line(text, name, "rq_error", failed);
        // Three counters read one after the other may disagree for a moment.
        Line(text, name, "rq_success", Math.Max(0, total - failed - active));
        Line(text, name, "rq_total", total);
        Line(text, name, "health_flags", HealthFlags(endpoint));
        Line(text, name, "weight", endpoint.Weight);
        Line(text, name, "region", endpoint.Locality.Region);
        Line(text, name, "zone", endpoint.Locality.Zone);
        Line(text, name, "sub_zone", endpoint.Locality.SubZone);
        Line(text, name, "priority", endpoint.Priority);
        Line(text, name, "region", endpoint.Locality.Region);
        Line(text, name, "zone", endpoint.Locality.Zone);
        Line(text, name, "sub_zone", endpoint.Locality.SubZone);
        Line(text, name, "priority", endpoint.Priority);
        Line(text, name, "success_rate", Number(state.Ejection.SuccessRate));
        Line(text, name, "local_origin_success_rate", Number(state.Ejection.LocalOriginSuccessRate));
        if (state.Ejection.Ejections > 0)
        {
            Line(text, name, "ejections", state.Ejection.Ejections);
            Line(text, name, "ejection_time_left_ms", EjectionTimeLeft(endpoint, cluster.Outliers, now));
        }
    }

    private static void Line<T>(StringBuilder text, string name, string field, T value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}::{field}::{value}\n");

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
