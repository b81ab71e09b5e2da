using System.Collections.Immutable;
using Mesh.Metrics;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Mesh.Proxy.Upstream.Outliers;
using Mesh.Tests;

namespace Mesh.Proxy.Tests.Upstream.Outliers;

public sealed class OutlierMonitorTests : IDisposable
{
    private const string Prefix = "envoy_cluster_outlier_detection_ejections_";

    private static readonly OutlierPolicy Policy = new()
    {
        Any5xx = new(2),
        MaxEjectionPercent = 50,
        BaseEjectionTime = TimeSpan.FromSeconds(10),
        Interval = TimeSpan.FromSeconds(5),
    };

    private readonly ManualTime _time = new();
    private readonly MetricRegistry _metrics = new();
    private readonly LogLines<OutlierMonitor> _lines = new();
    private readonly OutlierMonitor _monitor;

    public OutlierMonitorTests() => _monitor = new OutlierMonitor(_metrics, _time, _lines);

    [Fact]
    public void Each_decision_is_one_line_with_its_numbers()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        Fail(cluster, 1);
        Fail(cluster, 1);
        _time.Advance(TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(
            [
                "Warning Cluster books: endpoint 127.0.0.1:1000 is ejected for 10 s by consecutive_5xx (2, limit 2), its ejection 1;"
                    + " 1 of 2 endpoints are ejected, at most 50 % may be",
                "Warning Cluster books: endpoint 127.0.0.1:1001 is not ejected though consecutive_5xx found it (2, limit 2):"
                    + " 1 of 2 endpoints are ejected, at most 50 % may be",
                "Information Cluster books: endpoint 127.0.0.1:1000 returns after 10 s (TimeOver); 0 of 2 endpoints are ejected",
            ],
            _lines.Written
        );
    }

    [Fact]
    public void Each_decision_is_counted_under_the_names_of_Envoy()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Assert.Equal(0, Metric("active"));
        Assert.Equal(0, Metric("enforced_consecutive_5xx"));
        Fail(cluster, 0);
        Fail(cluster, 1);
        Fail(cluster, 1);
        Assert.Equal(1, Metric("active"));
        Assert.Equal(1, Metric("enforced_total"));
        Assert.Equal(1, Metric("enforced_consecutive_5xx"));
        Assert.Equal(3, Metric("detected_consecutive_5xx"));
        Assert.Equal(2, Metric("overflow"));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, Metric("active"));
        Assert.Equal(1, Metric("enforced_total"));
    }

    [Fact]
    public void One_timer_drives_all_clusters_each_at_its_own_interval()
    {
        var quick = Cluster("quick", Policy with { BaseEjectionTime = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(1) });
        var slow = Cluster("slow", Policy with { BaseEjectionTime = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(7) });
        Assert.Equal(0, _time.Waiting);
        _monitor.Follow([quick, slow, .. Enumerable.Range(0, 50).Select(i => Cluster($"other{i}", Policy))]);
        Assert.Equal(1, _time.Waiting);
        Fail(quick, 0);
        Fail(slow, 0);
        for (var second = 1; second <= 7; second++)
        {
            Assert.True(slow.Endpoints[0].State.IsEjected);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(quick.Endpoints[0].State.IsEjected);
            Assert.Equal(1, _time.Waiting);
        }

        Assert.False(slow.Endpoints[0].State.IsEjected);
    }

    [Fact]
    public void Sweeps_go_on_over_new_configurations_however_often_they_come()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        for (var second = 0; second < 11; second++)
        {
            // Another endpoint each time, so that each configuration is a new one.
            _time.Advance(TimeSpan.FromSeconds(1));
            cluster = Cluster("books", Policy, [.. cluster.Endpoints, .. TestClusters.Endpoints(1)], cluster.State);
            _monitor.Follow([cluster]);
        }

        Assert.False(cluster.Endpoints[0].State.IsEjected);
    }

    [Fact]
    public void A_cluster_that_goes_takes_its_series_and_leaves_no_timer()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        Assert.Equal(1, Metric("active"));
        _monitor.Follow([]);
        Assert.False(cluster.Endpoints[0].State.IsEjected);
        Assert.Null(Metric("active"));
        Assert.Null(Metric("enforced_total"));
        Assert.Null(Metric("detected_consecutive_5xx"));
        Assert.Equal(0, _time.Waiting);
        Fail(cluster, 1);
        Assert.False(cluster.Endpoints[1].State.IsEjected);
    }

    [Fact]
    public void A_cluster_whose_policy_goes_forgets_and_one_whose_policy_comes_begins()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        _monitor.Follow([Cluster("books", null, cluster.Endpoints, cluster.State)]);
        Assert.False(cluster.Endpoints[0].State.IsEjected);
        Assert.EndsWith("(SwitchedOff); 0 of 2 endpoints are ejected", _lines.Written.Last());
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        Assert.True(cluster.Endpoints[0].State.IsEjected);
    }

    [Fact]
    public void A_cluster_that_becomes_another_of_the_same_name_keeps_its_series()
    {
        var cluster = Cluster("books", Policy);
        _monitor.Follow([cluster]);
        Fail(cluster, 0);
        _monitor.Follow([Cluster("books", Policy)]);
        Assert.Equal(1, Metric("enforced_total"));
    }

    public void Dispose() => _monitor.Dispose();

    private static void Fail(Cluster cluster, int endpoint)
    {
        cluster.State.Outliers.Report(cluster.Endpoints[endpoint], AttemptOutcome.Answered(503));
        cluster.State.Outliers.Report(cluster.Endpoints[endpoint], AttemptOutcome.Answered(503));
    }

    private static Cluster Cluster(
        string name,
        OutlierPolicy? policy,
        ImmutableArray<Endpoint>? endpoints = null,
        ClusterState? state = null
    )
    {
        var all = endpoints ?? TestClusters.Endpoints(1, 1);
        return new()
        {
            Name = name,
            ServiceHost = name,
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ConnectTimeout = TimeSpan.FromSeconds(1),
            Endpoints = all,
            Balancer = LoadBalancer.RoundRobin(all),
            Outliers = policy,
            State = state ?? new ClusterState(),
        };
    }

    private double? Metric(string name)
    {
        var line = _metrics.ToText().Split('\n').FirstOrDefault(l => l.StartsWith($"{Prefix}{name}{{", StringComparison.Ordinal));
        return line is null ? null : double.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
