using System.Net;
using System.Text;
using Mesh.Metrics;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Telemetry;
using Mesh.Proxy.Tests.Traffic;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Tests.Telemetry;

public sealed class AccessLogTests
{
    [Fact]
    public void A_line_has_every_field_of_Istios_default_format_in_its_place()
    {
        var line = Encoding.ASCII.GetString(AccessLogFormat.Format(Record(), TimeProvider.System, configVersion: true));

        Assert.Equal(
            "[2026-01-31T23:59:59.123Z] \"GET /reviews/1?q=2 HTTP/1.1\" 200 - via_upstream - \"-\" 3 45 12 7 \"10.0.0.9\" \"curl/8\" \"id-1\" "
                + "\"reviews:9080\" \"127.0.0.1:7001\" outbound|9080||reviews.default.svc.cluster.local 127.0.0.1:7002 127.0.0.1:15001 "
                + "[::1]:7003 - default 42\n",
            line
        );
    }

    [Fact]
    public void A_failure_shows_its_flag_details_and_reason()
    {
        var record = Record();
        record.Failure = Failure.ConnectFailed;
        record.StatusCode = 503;
        record.UpstreamHeadTicks = 0;
        record.ConnectError = "ConnectionRefused (111)";

        var line = Encoding.ASCII.GetString(AccessLogFormat.Format(record, TimeProvider.System, configVersion: false));

        Assert.Contains(
            " 503 UF upstream_reset_before_response_started{connection_failure} - \"ConnectionRefused (111)\" 3 45 12 - ",
            line,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Nobody_can_forge_a_line_or_a_field()
    {
        var record = Record("a\" 200\n[2026-01-01] \"forged\\ \u007f\u00e9\t");

        var line = Encoding.ASCII.GetString(AccessLogFormat.Format(record, TimeProvider.System, configVersion: false));

        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.Contains("\"a\\x22 200\\x0a[2026-01-01] \\x22forged\\x5c \\x7f\\xe9\\x09\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_beyond_what_the_disk_takes_are_dropped_and_counted_and_the_rest_is_written()
    {
        const int Lines = 50_000;
        var disk = new BlockedStream();
        var metrics = new MetricRegistry();
        using var logs = new RecordingLogs();
        var log = new AccessLog(disk, configVersion: false, TimeProvider.System, metrics, logs);
        var record = Record();
        for (var i = 0; i < Lines; i++)
        {
            log.Write(record);
        }

        disk.Release();
        await log.DisposeAsync();

        var dropped = long.Parse(
            metrics.ToText().Split('\n').Single(line => line.StartsWith("mesh_access_log_dropped_total ", StringComparison.Ordinal))[30..]
        );
        Assert.InRange(dropped, 1, Lines - 8192);
        Assert.Equal(Lines - dropped, disk.LineCount);
        Assert.Empty(logs.Errors);
    }

    [Fact]
    public async Task Recording_a_request_allocates_nothing()
    {
        var metrics = new RequestMetrics(new MetricRegistry(), TimeProvider.System);
        await using var log = new AccessLog(
            Stream.Null,
            configVersion: true,
            TimeProvider.System,
            new MetricRegistry(),
            new RecordingLogs()
        );
        var sink = new RecordSink(log, metrics);
        var record = Record();
        sink.Add(record);

        // The runtime allocates now and then on its own behalf while it recompiles hot code, and the log swaps its two buffers; a request
        // that allocates does so in every round.
        long least = long.MaxValue;
        for (var round = 0; round < 10 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                sink.Add(record);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Lines_of_many_threads_arrive_whole()
    {
        var output = new MemoryStream();
        var log = new AccessLog(output, configVersion: false, TimeProvider.System, new MetricRegistry(), new RecordingLogs());
        var records = Enumerable.Range(0, 4).Select(i => Record($"agent-{i}")).ToArray();
        var expected = records
            .Select(record => Encoding.ASCII.GetString(AccessLogFormat.Format(record, TimeProvider.System, false)))
            .ToArray();

        await Task.WhenAll(
            records.Select(record =>
                Task.Run(() =>
                {
                    for (var i = 0; i < 2000; i++)
                    {
                        log.Write(record);
                    }
                })
            )
        );
        await log.DisposeAsync();

        var lines = Encoding.ASCII.GetString(output.ToArray()).Split('\n')[..^1].Select(line => line + '\n').ToArray();
        Assert.All(expected, line => Assert.Equal(2000, lines.Count(written => written == line)));
        Assert.Equal(8000, lines.Length);
    }

    [Fact]
    public void Every_request_counts_into_its_own_series_however_many_there_are()
    {
        var registry = new MetricRegistry();
        var metrics = new RequestMetrics(registry, TimeProvider.System);
        var endpoints = Enumerable
            .Range(0, 300)
            .Select(i => new Endpoint
            {
                Address = IPEndPoint.Parse("127.0.0.1:7001"),
                Weight = 1,
                Workload = new WorkloadInfo($"workload-{i}", "default", "reviews", "v1", "Kubernetes"),
                State = new EndpointState(),
            })
            .ToArray();
        var random = new Random(11);
        var expected = new Dictionary<string, int>();
        for (var i = 0; i < 20_000; i++)
        {
            var record = Record();
            record.Endpoint = endpoints[random.Next(endpoints.Length)];
            record.StatusCode = random.Next(2) == 0 ? 200 : 404;
            record.OtherFlags = random.Next(2) == 0 ? ResponseFlags.None : ResponseFlags.DelayInjected;
            metrics.Add(record);
            var labels =
                $"destination_workload=\"{record.Endpoint.Workload.Name}\" response_flags=\"{ResponseFlagText.Of(record.Flags)}\" response_code=\"{record.StatusCode}\"";
            expected[labels] = expected.GetValueOrDefault(labels) + 1;
        }

        var counted = new Dictionary<string, int>();
        foreach (
            var line in registry.ToText().Split('\n').Where(line => line.StartsWith("istio_requests_total{", StringComparison.Ordinal))
        )
        {
            var labels = string.Join(
                ' ',
                new[] { "destination_workload", "response_flags", "response_code" }.Select(label =>
                {
                    var at = line.IndexOf(label + "=\"", StringComparison.Ordinal);
                    return line[at..(line.IndexOf('"', at + label.Length + 2) + 1)];
                })
            );
            counted[labels] = int.Parse(line[(line.LastIndexOf(' ') + 1)..]);
        }

        Assert.Equal(expected, counted);
    }

    [Fact]
    public void Metrics_have_Istios_names_and_labels()
    {
        var registry = new MetricRegistry();
        var metrics = new RequestMetrics(registry, TimeProvider.System);
        metrics.Add(Record());
        var failed = Record();
        failed.StatusCode = 503;
        failed.Failure = Failure.NoHealthyEndpoint;
        failed.Endpoint = null;
        metrics.Add(failed);

        var text = registry.ToText();
        Assert.Contains(
            "istio_requests_total{reporter=\"source\",source_workload=\"productpage-v1\",source_canonical_service=\"productpage\","
                + "source_canonical_revision=\"v1\",source_workload_namespace=\"default\",source_principal=\"unknown\",source_app=\"productpage\","
                + "source_version=\"v1\",source_cluster=\"Kubernetes\",destination_workload=\"reviews-v1\",destination_workload_namespace=\"default\","
                + "destination_principal=\"unknown\",destination_app=\"reviews\",destination_version=\"v1\","
                + "destination_service=\"reviews.default.svc.cluster.local\",destination_canonical_service=\"reviews\","
                + "destination_canonical_revision=\"v1\",destination_service_name=\"reviews\",destination_service_namespace=\"default\","
                + "destination_cluster=\"Kubernetes\",request_protocol=\"http\",response_flags=\"-\",connection_security_policy=\"unknown\","
                + "response_code=\"200\",grpc_response_status=\"\"} 1\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("response_flags=\"UH\"", text, StringComparison.Ordinal);
        Assert.Contains("istio_request_duration_milliseconds_bucket{", text, StringComparison.Ordinal);
    }

    private static RequestRecord Record(string userAgent = "curl/8")
    {
        var head = new RequestHead();
        Assert.True(head.Begin(HttpVersionKind.Http11, "GET", "http", "reviews:9080", "/reviews/1?q=2"));
        Assert.True(head.AddHeader("x-forwarded-for", "10.0.0.9"));
        Assert.True(head.AddHeader("User-Agent", userAgent));
        Assert.True(head.AddHeader("x-request-id", "id-1"));
        var cluster = TestConfig.Cluster(IPEndPoint.Parse("127.0.0.1:7001"));
        var rule = TestConfig.Forward(cluster);
        var millisecond = TimeProvider.System.TimestampFrequency / 1000;
        return new RequestRecord
        {
            Head = head,
            Config = TestConfig.Config(version: "42"),
            Plan = new RoutePlan(null, rule, TestConfig.Destination(cluster)),
            Cluster = cluster,
            Endpoint = cluster.Endpoints[0],
            StatusCode = 200,
            RequestBytes = 3,
            ResponseBytes = 45,
            StartTime = new DateTimeOffset(2026, 1, 31, 23, 59, 59, 123, TimeSpan.Zero),
            StartTicks = 1_000 * millisecond,
            AttemptTicks = 1_001 * millisecond,
            UpstreamHeadTicks = 1_008 * millisecond,
            EndTicks = 1_012 * millisecond,
            UpstreamLocal = IPEndPoint.Parse("127.0.0.1:7002"),
            DownstreamLocal = IPEndPoint.Parse("127.0.0.1:15001"),
            DownstreamRemote = IPEndPoint.Parse("[::1]:7003"),
        };
    }

    private sealed class BlockedStream : MemoryStream
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long LineCount { get; private set; }

        public void Release() => _released.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _released.Task;
            LineCount += buffer.Span.Count((byte)'\n');
        }
    }
}
