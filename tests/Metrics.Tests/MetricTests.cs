namespace Mesh.Metrics.Tests;

public sealed class MetricTests
{
    private readonly record struct RequestKey(string Service, int Code);

    private readonly MetricRegistry registry = new();

    [Fact]
    public void Counters_and_gauges_are_written_with_help_and_type_in_order_of_their_names()
    {
        var requests = registry.Counters("requests_total", "Requests,\nall of them \\ each.", "code", "path");
        registry.Gauge("clients", "Connected now.").Set(2.5);
        requests.Get(new("404", "/\"a\\b\n")).Add(3);
        requests.Get(new("200", "/")).Inc();

        Assert.Equal(
            """
            # HELP clients Connected now.
            # TYPE clients gauge
            clients 2.5
            # HELP requests_total Requests,\nall of them \\ each.
            # TYPE requests_total counter
            requests_total{code="200",path="/"} 1
            requests_total{code="404",path="/\"a\\b\n"} 3

            """,
            registry.ToText()
        );
    }

    [Fact]
    public void A_histogram_is_cumulative_and_ends_with_all()
    {
        var histogram = registry.Histograms("wait_seconds", "Waited.", [0.1, 1], "type").Get(new("x"));
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7, double.NaN })
        {
            histogram.Observe(value);
        }

        Assert.Equal(
            """
            # HELP wait_seconds Waited.
            # TYPE wait_seconds histogram
            wait_seconds_bucket{type="x",le="0.1"} 2
            wait_seconds_bucket{type="x",le="1"} 3
            wait_seconds_bucket{type="x",le="+Inf"} 4
            wait_seconds_sum{type="x"} 7.65
            wait_seconds_count{type="x"} 4

            """,
            registry.ToText()
        );
    }

    [Fact]
    public void A_writer_that_gives_only_what_it_is_asked_for_gets_the_whole_text()
    {
        registry.Gauge("queue_length", "Waiting.", static () => 7);
        registry.Counter("a_total", "A.").Inc();
        registry.Histogram("wait_seconds", "Waited.", [0.1, 1]).Observe(0.5);
        for (var segment = 1; segment <= 64; segment++)
        {
            var output = new StingyWriter(segment);
            registry.WriteTo(output);
            Assert.Equal(registry.ToText(), output.ToString());
        }
    }

    [Fact]
    public void Keys_with_equal_labels_share_one_series()
    {
        var family = registry.Counters<RequestKey>("a_total", "A.", ["service"], static key => [key.Service]);
        family.Get(new("s", 1)).Inc();
        family.Get(new("s", 2)).Inc();
        Assert.Contains("a_total{service=\"s\"} 2\n", registry.ToText());
    }

    [Fact]
    public void Series_beyond_the_limit_are_counted_together()
    {
        var family = registry.Counters<RequestKey>(
            "a_total",
            "A.",
            ["service", "code"],
            static key => [key.Service, $"{key.Code}"],
            seriesLimit: 2
        );
        for (var i = 0; i < 5; i++)
        {
            family.Get(new("s", i)).Inc();
        }
        var text = registry.ToText();
        Assert.Contains("a_total{service=\"overflow\",code=\"overflow\"} 3\n", text);
        Assert.Equal(3, text.Split('\n').Count(line => line.StartsWith("a_total{", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_removed_series_is_no_longer_written_and_makes_room()
    {
        var family = registry.Counters<RequestKey>("a_total", "A.", ["service"], static key => [key.Service], seriesLimit: 1);
        family.Get(new("gone", 1)).Inc();
        family.Remove(new("gone", 1));
        family.Get(new("new", 1)).Inc();
        Assert.DoesNotContain("gone", registry.ToText());
        Assert.Contains("a_total{service=\"new\"} 1\n", registry.ToText());
    }

    [Fact]
    public void Series_that_live_elsewhere_are_asked_for_at_each_scrape()
    {
        var values = new SortedDictionary<string, double> { ["b"] = 2, ["a\"x"] = 1 };
        registry.Counters("seen", "Seen.", "name", () => values);
        Assert.Equal("# HELP seen Seen.\n# TYPE seen counter\nseen{name=\"a\\\"x\"} 1\nseen{name=\"b\"} 2\n", registry.ToText());

        values.Remove("b");

        Assert.Equal("# HELP seen Seen.\n# TYPE seen counter\nseen{name=\"a\\\"x\"} 1\n", registry.ToText());
    }

    [Fact]
    public void A_callback_is_asked_at_each_scrape()
    {
        var value = 1.0;
        registry.Gauge("depth", "Queued.", () => value);
        Assert.Contains("depth 1\n", registry.ToText());
        value = 2;
        Assert.Contains("depth 2\n", registry.ToText());
    }

    [Theory]
    [InlineData("")]
    [InlineData("9lives")]
    [InlineData("with-dash")]
    [InlineData("ümlaut")]
    public void A_bad_name_is_refused(string name) => Assert.Throws<ArgumentException>(() => registry.Counter(name, "x"));

    [Fact]
    public void A_name_is_registered_once()
    {
        registry.Counter("a_total", "A.");
        Assert.Throws<ArgumentException>(() => registry.Gauge("a_total", "A."));
    }

    [Fact]
    public void Bounds_that_do_not_rise_are_refused() => Assert.Throws<ArgumentException>(() => new Histogram(1, 1));

    [Fact]
    public void Counting_allocates_nothing()
    {
        var family = registry.Counters<RequestKey>("a_total", "A.", ["service", "code"], static key => [key.Service, $"{key.Code}"]);
        var gauge = registry.Gauge("g", "G.");
        var histogram = registry.Histogram("h_seconds", "H.", HistogramBuckets.PropagationSeconds);
        // The runtime itself allocates once while it recompiles a hot method; a leak of ours shows in every round.
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                Count(family, gauge, histogram);
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);

        static void Count(MetricFamily<RequestKey, Counter> family, Gauge gauge, Histogram histogram)
        {
            family.Get(new("reviews", 200)).Inc();
            gauge.Inc();
            gauge.Dec();
            histogram.Observe(0.3);
        }
    }

    [Fact]
    public async Task Nothing_is_lost_between_threads()
    {
        var counter = registry.Counter("a_total", "A.");
        var gauge = registry.Gauge("g", "G.");
        var histogram = registry.Histogram("h_seconds", "H.", [1]);
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(_ =>
                    Task.Run(() =>
                    {
                        for (var i = 0; i < 10_000; i++)
                        {
                            counter.Inc();
                            gauge.Add(0.5);
                            histogram.Observe(2);
                        }
                    })
                )
        );
        Assert.Equal((40_000, 20_000, 40_000, 80_000), (counter.Value, gauge.Value, histogram.Count, histogram.Sum));
    }
}
