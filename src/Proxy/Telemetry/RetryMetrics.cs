using System.Collections.Frozen;
using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Telemetry;

/// <summary>Envoy's counters of retries for each cluster in force, read from the clusters' state at each scrape.</summary>
internal static class RetryMetrics
{
    private const string Prefix = "envoy_cluster_upstream_rq_retry";
    private const string Label = "cluster_name";

    public static void Register(MetricRegistry registry, ConfigStore store)
    {
        Add("", "Retries.", static state => state.Retries.Started);
        Add("_success", "Retries after which no other was wanted.", static state => state.Retries.Succeeded);
        Add(
            "_overflow",
            "Retries not made because of the retry budget or the limit of active retries.",
            static state => state.Retries.OverBudget + state.Counters.RetryOverflow
        );
        Add("_limit_exceeded", "Retries not made because the rule allows no more.", static state => state.Retries.LimitExceeded);

        void Add(string suffix, string help, Func<ClusterState, double> value) =>
            registry.Counters(
                Prefix + suffix,
                help,
                Label,
                () =>
                    (store.Current?.Clusters ?? FrozenDictionary<string, Cluster>.Empty).Select(cluster =>
                        KeyValuePair.Create(cluster.Key, value(cluster.Value.State))
                    )
            );
    }
}
