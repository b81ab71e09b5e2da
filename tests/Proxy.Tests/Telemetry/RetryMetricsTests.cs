using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream.Pools;
using Mesh.Proxy.Upstream.Retries;

namespace Mesh.Proxy.Tests.Telemetry;

public sealed class RetryMetricsTests
{
    [Fact]
    public void Every_cluster_in_force_shows_what_became_of_its_retries()
    {
        var store = new ConfigStore();
        var registry = new MetricRegistry();
        RetryMetrics.Register(registry, store);
        Assert.DoesNotContain("cluster_name", registry.ToText(), StringComparison.Ordinal);
        var cluster = TestConfig.Cluster(null, name: "a");
        store.Publish(TestConfig.Config(clusters: [cluster, TestConfig.Cluster(null, name: "b")]));

        for (var i = 0; i < 5; i++)
        {
            cluster.State.Retries.TryTake(RetryBudget.Default, 0, 1000, 0, 1);
        }

        cluster.State.Retries.CountSuccess();
        cluster.State.Retries.CountLimitExceeded();
        cluster.State.Counters.TryBeginRetry(new ClusterLimits { MaxRetries = 0 });

        var text = registry.ToText();
        foreach (var (name, value) in new[] { ("", 3), ("_success", 1), ("_overflow", 3), ("_limit_exceeded", 1) })
        {
            Assert.Contains($"\nenvoy_cluster_upstream_rq_retry{name}{{cluster_name=\"a\"}} {value}\n", text, StringComparison.Ordinal);
            Assert.Contains($"\nenvoy_cluster_upstream_rq_retry{name}{{cluster_name=\"b\"}} 0\n", text, StringComparison.Ordinal);
        }
    }
}
