using System.Text;
using Mesh.Proxy.Admin.Merging;

namespace Mesh.Proxy.Tests.Admin.Merging;

public sealed class MergedPageTests
{
    private const string Own = """
        # HELP envoy_http_downstream_cx A counter without the ending.
        # TYPE envoy_http_downstream_cx counter
        envoy_http_downstream_cx 2
        # HELP istio_requests_total Requests.
        # TYPE istio_requests_total counter
        istio_requests_total{code="200"} 5
        # HELP process_cpu_seconds_total The proxy's.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 7

        """;

    [Fact]
    public void Both_are_on_the_page_and_the_process_is_the_applications()
    {
        const string Application = """
            # TYPE process_cpu_seconds_total counter
            process_cpu_seconds_total 1
            # a comment

            shop_orders{kind="a,b}\"c"} 3 1700000000000
            """;
        Assert.Equal(
            """
            # HELP envoy_http_downstream_cx A counter without the ending.
            # TYPE envoy_http_downstream_cx counter
            envoy_http_downstream_cx 2
            # HELP istio_requests_total Requests.
            # TYPE istio_requests_total counter
            istio_requests_total{code="200"} 5
            # TYPE process_cpu_seconds_total counter
            process_cpu_seconds_total 1
            # a comment

            shop_orders{kind="a,b}\"c"} 3 1700000000000

            """,
            Merged(Application)
        );
    }

    [Fact]
    public void In_OpenMetrics_counters_are_named_as_it_wants_and_there_is_one_end()
    {
        const string Application = """
            # TYPE shop_orders counter
            # UNIT shop_orders orders
            shop_orders_total{kind="a"} 3.0 1700000000.5 # {trace_id="x"} 1.0 1700000000.1
            # EOF

            """;
        Assert.Equal(
            """
            # HELP envoy_http_downstream_cx A counter without the ending.
            # TYPE envoy_http_downstream_cx unknown
            envoy_http_downstream_cx 2
            # HELP istio_requests Requests.
            # TYPE istio_requests counter
            istio_requests_total{code="200"} 5
            # TYPE shop_orders counter
            # UNIT shop_orders orders
            shop_orders_total{kind="a"} 3.0 1700000000.5 # {trace_id="x"} 1.0 1700000000.1
            # EOF

            """,
            Merged(Application, "1.0.0")
        );
    }

    [Fact]
    public void An_application_does_not_speak_for_its_proxy()
    {
        const string Application = """
            # TYPE istio_requests_total counter
            istio_requests_total{code="200"} 1000000
            shop_orders 3
            istio_requests_total{code="500"} 0

            """;
        Assert.EndsWith("istio_requests_total{code=\"200\"} 5\nshop_orders 3\n", Merged(Application), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("a 1")]
    [InlineData("a -1.5e-7")]
    [InlineData("a NaN")]
    [InlineData("a +Inf")]
    [InlineData("a{} 1")]
    [InlineData("a{b=\"c\",} 1")]
    [InlineData("a { b = \"c\" , d=\"\\\\\" } 1 -5  ")]
    [InlineData("a{b=\"é\"} 1")]
    [InlineData("{\"a.b\",c=\"d\"} 1")]
    [InlineData("a:b_9 1")]
    [InlineData("# anything")]
    [InlineData("# HELP a")]
    [InlineData("# HELP a of \\n things")]
    [InlineData("# TYPE a untyped")]
    public void What_Prometheus_reads_is_passed_on(string page) =>
        Assert.EndsWith(page.TrimEnd('\n') + "\n", Merged(page + "\n"), StringComparison.Ordinal);

    [Theory]
    [InlineData("<html>")]
    [InlineData("{\"status\":\"UP\"}")]
    [InlineData("a")]
    [InlineData("a one")]
    [InlineData("a 1 noon")]
    [InlineData("a 1 1 1")]
    [InlineData("a{b=c} 1")]
    [InlineData("a{b=\"c} 1")]
    [InlineData("a{b=\"c\" 1")]
    [InlineData("9a 1")]
    [InlineData("a-b 1")]
    [InlineData("# TYPE a number")]
    [InlineData("# TYPE a counter\r")]
    [InlineData("a 1\r")]
    [InlineData("a 0x10")]
    [InlineData("a 1_000")]
    public void What_would_cost_the_whole_page_is_named(string line)
    {
        var (pieces, problem) = Of($"good 1\n{line}\n", null);
        Assert.Empty(pieces);
        Assert.StartsWith("line 2 is no line of Prometheus' text: ", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a 1\n", "breaks off")]
    [InlineData("a 1\n\n# EOF\n", "line 2")]
    [InlineData("a 1\n# EOF\nb 1\n", "line 3")]
    [InlineData("# a comment\n# EOF\n", "line 1")]
    [InlineData("# TYPE a untyped\n# EOF\n", "line 1")]
    public void OpenMetrics_has_rules_of_its_own(string page, string problem) =>
        Assert.Contains(problem, Of(page, "1.0.0").Problem, StringComparison.Ordinal);

    [Fact]
    public void Bytes_that_are_no_text_are_named() =>
        Assert.NotNull(MergedPage.Of(Encoding.UTF8.GetBytes(Own), new(new byte[] { (byte)'a', (byte)' ', 0xFF }, null)).Problem);

    private static (List<ReadOnlyMemory<byte>> Pieces, string? Problem) Of(string application, string? openMetrics) =>
        MergedPage.Of(Encoding.UTF8.GetBytes(Own), new(Encoding.UTF8.GetBytes(application), openMetrics));

    private static string Merged(string application, string? openMetrics = null)
    {
        var (pieces, problem) = Of(application, openMetrics);
        Assert.Null(problem);
        return string.Concat(pieces.Select(piece => Encoding.UTF8.GetString(piece.Span)));
    }
}
