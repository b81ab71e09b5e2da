using Mesh.Metrics;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Tests.Upstream.Pools;
using Mesh.Proxy.Upstream.Pools;
using TestConfig = Mesh.Proxy.Tests.Traffic.TestConfig;

namespace Mesh.Proxy.Tests.Telemetry;

public sealed class PoolMetricsTests
{
    [Fact]
    public async Task Every_cluster_in_force_shows_its_connections_requests_and_breakers()
    {
        var store = new ConfigStore();
        var registry = new MetricRegistry();
        PoolMetrics.Register(registry, store);
        Assert.DoesNotContain("cluster_name", registry.ToText(), StringComparison.Ordinal);
        using var pool = new PoolFixture(
            new ClusterLimits
            {
                MaxConnections = 1,
                MaxPendingRequests = 1,
                MaxRequests = 2,
            }
        );
        store.Publish(TestConfig.Config(clusters: [pool.Cluster]));

        pool.RentNow();
        Assert.False(pool.Rent().IsCompleted);
        Assert.Equal(RentStatus.Overflow, (await pool.Rent()).Status);
        pool.Cluster.State.Counters.Flooded();

        var text = registry.ToText();
        foreach (
            var (name, value) in new[]
            {
                ("upstream_cx_active", 1),
                ("upstream_cx_total", 1),
                ("upstream_cx_overflow", 1),
                ("upstream_cx_connect_fail", 0),
                ("upstream_cx_connect_timeout", 0),
                ("upstream_rq_active", 1),
                ("upstream_rq_total", 1),
                ("upstream_rq_pending_active", 1),
                ("upstream_rq_pending_total", 2),
                ("upstream_rq_pending_overflow", 1),
                ("circuit_breakers_default_cx_open", 1),
                ("circuit_breakers_default_rq_pending_open", 1),
                ("circuit_breakers_default_rq_open", 0),
                ("circuit_breakers_default_rq_retry_open", 0),
            }
        )
        {
            Assert.Contains($"\nenvoy_cluster_{name}{{cluster_name=\"{pool.Cluster.Name}\"}} {value}\n", text, StringComparison.Ordinal);
        }

        Assert.Contains($"\nmesh_upstream_http2_floods_total{{cluster_name=\"{pool.Cluster.Name}\"}} 1\n", text, StringComparison.Ordinal);
    }
}
