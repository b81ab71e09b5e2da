using System.Collections.Immutable;
using System.Net;
using BenchmarkDotNet.Attributes;
using Mesh.Metrics;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Bench;

/// <summary>What the end of each request costs: counting it, and writing its line into the access log.</summary>
public class Record
{
    private static readonly MetricRegistry Registry = new();
    private static readonly AccessLog AccessLog = new(
        Stream.Null,
        configVersion: false,
        TimeProvider.System,
        Registry,
        NullLoggerFactory.Instance
    );

    private readonly RequestMetrics _metrics = new(new MetricRegistry(), TimeProvider.System);
    private readonly RequestRecord _record = Ended();

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public void Count() => _metrics.Add(_record);

    [Benchmark]
    [BenchmarkCategory(AllocationGate.Category)]
    public void Log() => AccessLog.Write(_record);

    private static RequestRecord Ended()
    {
        var head = new RequestHead();
        head.Begin(HttpVersionKind.Http11, "GET", "http", "reviews:9080", "/reviews/1?q=2");
        head.AddHeader("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
        head.AddHeader("x-request-id", "2f1c6a52-3f0e-4d68-9d6b-6c5a0d1f7e11");
        var endpoint = new Endpoint
        {
            Address = IPEndPoint.Parse("10.244.1.17:9080"),
            Weight = 1,
            Workload = new("reviews-v2", "default", "reviews", "v2", "Kubernetes"),
            State = new(),
        };
        ImmutableArray<Endpoint> endpoints = [endpoint];
        var cluster = new Cluster
        {
            Name = "outbound|9080|v2|reviews.default.svc.cluster.local",
            Kind = ClusterKind.Endpoints,
            Protocol = UpstreamProtocol.Http1,
            ServiceHost = "reviews.default.svc.cluster.local",
            ConnectTimeout = TimeSpan.FromSeconds(10),
            Endpoints = endpoints,
            Balancer = LoadBalancer.RoundRobin(endpoints),
            State = new ClusterState(),
        };
        var now = TimeProvider.System.GetTimestamp();
        return new()
        {
            Head = head,
            Cluster = cluster,
            Endpoint = endpoint,
            StatusCode = 200,
            ResponseBytes = 375,
            StartTime = TimeProvider.System.GetUtcNow(),
            StartTicks = now,
            AttemptTicks = now + 20_000,
            UpstreamHeadTicks = now + 3_000_000,
            EndTicks = now + 3_100_000,
            DownstreamLocal = IPEndPoint.Parse("10.244.1.12:15001"),
            DownstreamRemote = IPEndPoint.Parse("10.244.1.12:53412"),
            UpstreamLocal = IPEndPoint.Parse("10.244.1.12:48100"),
        };
    }
}
