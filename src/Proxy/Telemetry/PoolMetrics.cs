using System.Collections.Frozen;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Pools;

namespace Mesh.Proxy.Telemetry;

/// <summary>Envoy's figures of connections, requests and circuit breakers for each cluster in force, read from the clusters' state at each scrape.</summary>
internal static class PoolMetrics
{
    private const string Upstream = "envoy_cluster_upstream_";
    private const string Breakers = "envoy_cluster_circuit_breakers_default_";
    private const string Label = "cluster_name";

    public static void Register(MetricRegistry registry, ConfigStore store)
    {
        Count("cx_total", "Connections begun.", static counters => counters.ConnectionsTotal);
        Count("cx_overflow", "Connections not begun because of the limit.", static counters => counters.ConnectionsOverflow);
        Count("cx_connect_fail", "Connects that failed.", static counters => counters.ConnectFailures);
        Count("cx_connect_timeout", "Connects that took too long.", static counters => counters.ConnectTimeouts);
        Count("rq_total", "Requests sent, tries included.", static counters => counters.RequestsTotal);
        Count("rq_pending_total", "Requests that waited for a connection.", static counters => counters.PendingTotal);
        Count("rq_pending_overflow", "Requests refused because of a limit.", static counters => counters.PendingOverflow);
        registry.Counters(
            "mesh_upstream_http2_floods_total",
            "HTTP/2 connections to endpoints cut because of frames that only cost.",
            Label,
            () => Values(static (counters, _) => counters.Floods)
        );

        Show(Upstream + "cx_active", "Connections open or being opened.", static (counters, _) => counters.Connections);
        Show(Upstream + "rq_active", "Requests in flight.", static (counters, _) => counters.Requests);
        Show(Upstream + "rq_pending_active", "Requests that wait for a connection.", static (counters, _) => counters.PendingRequests);

        Open("cx_open", "connections", static (counters, limits) => counters.Connections >= limits.MaxConnections);
        Open("rq_pending_open", "waiting requests", static (counters, limits) => counters.PendingRequests >= limits.MaxPendingRequests);
        Open("rq_open", "requests in flight", static (counters, limits) => counters.Requests >= limits.MaxRequests);
        Open("rq_retry_open", "retries in flight", static (counters, limits) => counters.Retries >= limits.MaxRetries);

        void Count(string name, string help, Func<ClusterCounters, double> value) =>
            registry.Counters(Upstream + name, help, Label, () => Values((counters, _) => value(counters)));

        void Show(string name, string help, Func<ClusterCounters, ClusterLimits, double> value) =>
            registry.Gauges(name, help, Label, () => Values(value));

        void Open(string name, string what, Func<ClusterCounters, ClusterLimits, bool> isReached) =>
            Show(Breakers + name, $"1 while the limit of {what} is reached.", (counters, limits) => isReached(counters, limits) ? 1 : 0);

        IEnumerable<KeyValuePair<string, double>> Values(Func<ClusterCounters, ClusterLimits, double> value) =>
            (store.Current?.Clusters ?? FrozenDictionary<string, Cluster>.Empty).Select(cluster =>
                KeyValuePair.Create(cluster.Key, value(cluster.Value.State.Counters, cluster.Value.Limits))
            );
    }
}
