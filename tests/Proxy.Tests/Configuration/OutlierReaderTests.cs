using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Configuration;
using Mesh.Proxy.Upstream.Outliers;
using static Mesh.Proxy.Tests.Configuration.Wire;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Tests.Configuration;

public sealed class OutlierReaderTests
{
    [Fact]
    public void A_cluster_without_outlier_detection_has_no_policy() => Assert.Null(Read(_ => { }).Policy);

    [Fact]
    public void An_empty_message_means_the_defaults_of_Envoy()
    {
        var policy = Read(cluster => cluster.OutlierDetection = new()).Policy;

        // Envoy enforces success rate unless told otherwise, and failure percentage only where asked to.
        Assert.Equal(new OutlierPolicy { SuccessRate = new() }, policy);
    }

    [Fact]
    public void Every_field_is_read()
    {
        var policy = Read(cluster =>
            cluster.OutlierDetection = new()
            {
                Consecutive5Xx = 3,
                EnforcingConsecutive5Xx = 90,
                ConsecutiveGatewayFailure = 4,
                EnforcingConsecutiveGatewayFailure = 91,
                SplitExternalLocalOriginErrors = true,
                ConsecutiveLocalOriginFailure = 6,
                EnforcingConsecutiveLocalOriginFailure = 92,
                Interval = Seconds(1),
                BaseEjectionTime = Seconds(2),
                MaxEjectionTime = Seconds(20),
                MaxEjectionTimeJitter = Seconds(3),
                MaxEjectionPercent = 50,
                AlwaysEjectOneHost = true,
                SuccessRateMinimumHosts = 7,
                SuccessRateRequestVolume = 8,
                SuccessRateStdevFactor = 2500,
                EnforcingSuccessRate = 93,
                EnforcingLocalOriginSuccessRate = 94,
                FailurePercentageThreshold = 60,
                FailurePercentageMinimumHosts = 9,
                FailurePercentageRequestVolume = 10,
                EnforcingFailurePercentage = 95,
                EnforcingFailurePercentageLocalOrigin = 96,
            }
        ).Policy;

        Assert.Equal(
            new OutlierPolicy
            {
                Any5xx = new(3, 90),
                Gateway = new(4, 91),
                LocalOrigin = new(6, 92),
                SplitLocalOrigin = true,
                Interval = TimeSpan.FromSeconds(1),
                BaseEjectionTime = TimeSpan.FromSeconds(2),
                MaxEjectionTime = TimeSpan.FromSeconds(20),
                MaxEjectionTimeJitter = TimeSpan.FromSeconds(3),
                MaxEjectionPercent = 50,
                AlwaysEjectOne = true,
                SuccessRate = new()
                {
                    MinimumHosts = 7,
                    RequestVolume = 8,
                    StdevFactor = 2.5,
                    Enforcing = 93,
                    EnforcingLocalOrigin = 94,
                },
                FailurePercentage = new()
                {
                    Threshold = 60,
                    MinimumHosts = 9,
                    RequestVolume = 10,
                    Enforcing = 95,
                    EnforcingLocalOrigin = 96,
                },
            },
            policy
        );
    }

    [Fact]
    public void Detectors_that_are_never_enforced_are_no_rules()
    {
        var policy = Read(cluster => cluster.OutlierDetection = new() { EnforcingSuccessRate = 0, EnforcingFailurePercentage = 0 }).Policy!;
        Assert.Null(policy.SuccessRate);
        Assert.Null(policy.FailurePercentage);
    }

    [Fact]
    public void A_base_time_above_300_s_raises_the_longest_time_that_nobody_set()
    {
        var policy = Read(cluster => cluster.OutlierDetection = new() { BaseEjectionTime = Seconds(1000) }).Policy!;
        Assert.Equal(TimeSpan.FromSeconds(1000), policy.MaxEjectionTime);
    }

    [Fact]
    public void What_the_public_API_has_no_field_for_is_read_from_metadata()
    {
        var policy = Read(cluster =>
        {
            cluster.OutlierDetection = new();
            cluster.Metadata = Metadata("""{"half_open_probe": {"successes": 3}, "http_error_codes": [429, 500]}""");
        }).Policy!;
        Assert.Equal(new HalfOpenProbe(3), policy.Probe);
        Assert.Equal(new StatusCodeSet([429, 500]), policy.ErrorCodes);
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"half_open_probe": 1, "http_error_codes": "500"}""")]
    public void Metadata_of_another_form_is_not_ours(string json)
    {
        var (policy, problems) = Read(cluster =>
        {
            cluster.OutlierDetection = new();
            cluster.Metadata = Metadata(json);
        });
        Assert.Null(policy!.Probe);
        Assert.Equal(StatusCodeSet.ServerErrors, policy.ErrorCodes);
        Assert.Empty(problems);
    }

    [Fact]
    public void What_makes_no_sense_is_a_problem_with_its_field()
    {
        var (_, problems) = Read(cluster =>
        {
            cluster.OutlierDetection = new()
            {
                Interval = Seconds(0),
                BaseEjectionTime = Seconds(10),
                MaxEjectionTime = Seconds(5),
                MaxEjectionPercent = 101,
                EnforcingConsecutive5Xx = 200,
            };
            cluster.CommonLbConfig = new() { HealthyPanicThreshold = new() { Value = -1 } };
        });
        Assert.Equal(
            [
                "common_lb_config.healthy_panic_threshold",
                "outlier_detection.enforcing_consecutive_5xx",
                "outlier_detection.interval",
                "outlier_detection.max_ejection_percent",
                "outlier_detection.max_ejection_time",
            ],
            problems.Select(p => p.Split(':')[0]).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData(null, 50)]
    [InlineData(0.0, 0)]
    [InlineData(30.5, 30.5)]
    public void The_panic_threshold_is_read_and_50_where_it_is_absent(double? written, double expected)
    {
        var cluster = Eds("books", c => c.CommonLbConfig = new());
        cluster.CommonLbConfig.HealthyPanicThreshold = written is { } value ? new() { Value = value } : null;
        Assert.Equal(expected, OutlierReader.PanicThreshold(cluster, new ProblemList()));
    }

    private static Duration Seconds(int seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));

    private static Pb.Metadata Metadata(string json) =>
        new() { FilterMetadata = { ["mesh.extensions"] = Struct.Parser.ParseJson($$"""{"outlier_detection": {{json}}}""") } };

    private static (OutlierPolicy? Policy, ImmutableArray<string> Problems) Read(Action<Pb.Cluster> more)
    {
        var problems = new ProblemList();
        var cluster = Eds("books", more);
        OutlierReader.PanicThreshold(cluster, problems);
        return (OutlierReader.Policy(cluster, problems), problems.Problems);
    }
}
