using Google.Protobuf.WellKnownTypes;
using Mesh.Proxy.Upstream.Outliers;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a cluster's outlier detection means to this proxy. Defaults are Envoy's (outlier_detection.proto).</summary>
internal static class OutlierReader
{
    // Envoy's default (cluster.proto, healthy_panic_threshold).
    private const double DefaultPanicThreshold = 50;

    private static readonly OutlierPolicy Defaults = new();
    private static readonly SuccessRateRule SuccessRateDefaults = new();
    private static readonly FailurePercentageRule FailurePercentageDefaults = new();

    public static double PanicThreshold(Pb.Cluster cluster, ProblemList problems)
    {
        var threshold = cluster.CommonLbConfig?.HealthyPanicThreshold?.Value ?? DefaultPanicThreshold;
        if (threshold is >= 0 and <= 100)
        {
            return threshold;
        }

        problems.Add("common_lb_config.healthy_panic_threshold", $"{threshold} is not between 0 and 100");
        return DefaultPanicThreshold;
    }

    /// <summary>Null where nothing is to be detected.</summary>
    public static OutlierPolicy? Policy(Pb.Cluster cluster, ProblemList problems)
    {
        if (cluster.OutlierDetection is not { } detection)
        {
            return null;
        }

        using var inDetection = problems.In("outlier_detection");
        var baseTime = Positive(detection.BaseEjectionTime, Defaults.BaseEjectionTime, "base_ejection_time", problems);
        var longest = baseTime > Defaults.MaxEjectionTime ? baseTime : Defaults.MaxEjectionTime;
        var maxTime = Positive(detection.MaxEjectionTime, longest, "max_ejection_time", problems);
        if (maxTime < baseTime)
        {
            problems.Add("max_ejection_time", $"is {maxTime}, must not be less than base_ejection_time, {baseTime}");
        }

        // What has another form there is not ours.
        var extensions = PbReading.Extension(cluster.Metadata, "outlier_detection")?.StructValue;
        return Defaults with
        {
            Any5xx = Rule(
                detection.Consecutive5Xx,
                Defaults.Any5xx,
                detection.EnforcingConsecutive5Xx,
                "enforcing_consecutive_5xx",
                problems
            ),
            Gateway = Rule(
                detection.ConsecutiveGatewayFailure,
                Defaults.Gateway,
                detection.EnforcingConsecutiveGatewayFailure,
                "enforcing_consecutive_gateway_failure",
                problems
            ),
            LocalOrigin = Rule(
                detection.ConsecutiveLocalOriginFailure,
                Defaults.LocalOrigin,
                detection.EnforcingConsecutiveLocalOriginFailure,
                "enforcing_consecutive_local_origin_failure",
                problems
            ),
            SuccessRate = SuccessRate(detection, problems),
            FailurePercentage = FailurePercentage(detection, problems),
            SplitLocalOrigin = detection.SplitExternalLocalOriginErrors,
            Interval = Positive(detection.Interval, Defaults.Interval, "interval", problems),
            BaseEjectionTime = baseTime,
            MaxEjectionTime = maxTime,
            MaxEjectionTimeJitter = PbReading.Duration(
                detection.MaxEjectionTimeJitter,
                TimeSpan.Zero,
                "max_ejection_time_jitter",
                problems
            ),
            MaxEjectionPercent = Percent(detection.MaxEjectionPercent, Defaults.MaxEjectionPercent, "max_ejection_percent", problems),
            AlwaysEjectOne = detection.AlwaysEjectOneHost ?? false,
            ErrorCodes = ErrorCodes(extensions),
            Probe = Probe(extensions),
        };
    }

    private static ConsecutiveRule Rule(uint? errors, ConsecutiveRule absent, uint? enforcing, string field, ProblemList problems) =>
        new(
            errors is { } count ? (int)Math.Min(count, int.MaxValue) : absent.Errors,
            Percent(enforcing, absent.Enforcing, field, problems)
        );

    private static SuccessRateRule? SuccessRate(Pb.OutlierDetection detection, ProblemList problems)
    {
        var rule = SuccessRateDefaults with
        {
            MinimumHosts = Count(detection.SuccessRateMinimumHosts, SuccessRateDefaults.MinimumHosts),
            RequestVolume = Count(detection.SuccessRateRequestVolume, SuccessRateDefaults.RequestVolume),
            // In thousandths.
            StdevFactor = (detection.SuccessRateStdevFactor ?? (SuccessRateDefaults.StdevFactor * 1000)) / 1000.0,
            Enforcing = Percent(detection.EnforcingSuccessRate, SuccessRateDefaults.Enforcing, "enforcing_success_rate", problems),
            EnforcingLocalOrigin = Percent(
                detection.EnforcingLocalOriginSuccessRate,
                SuccessRateDefaults.EnforcingLocalOrigin,
                "enforcing_local_origin_success_rate",
                problems
            ),
        };
        return rule.Enforcing == 0 && (rule.EnforcingLocalOrigin == 0 || !detection.SplitExternalLocalOriginErrors) ? null : rule;
    }

    private static FailurePercentageRule? FailurePercentage(Pb.OutlierDetection detection, ProblemList problems)
    {
        var rule = FailurePercentageDefaults with
        {
            Threshold = Percent(
                detection.FailurePercentageThreshold,
                FailurePercentageDefaults.Threshold,
                "failure_percentage_threshold",
                problems
            ),
            MinimumHosts = Count(detection.FailurePercentageMinimumHosts, FailurePercentageDefaults.MinimumHosts),
            RequestVolume = Count(detection.FailurePercentageRequestVolume, FailurePercentageDefaults.RequestVolume),
            Enforcing = Percent(
                detection.EnforcingFailurePercentage,
                FailurePercentageDefaults.Enforcing,
                "enforcing_failure_percentage",
                problems
            ),
            EnforcingLocalOrigin = Percent(
                detection.EnforcingFailurePercentageLocalOrigin,
                FailurePercentageDefaults.EnforcingLocalOrigin,
                "enforcing_failure_percentage_local_origin",
                problems
            ),
        };
        return rule.Enforcing == 0 && rule.EnforcingLocalOrigin == 0 ? null : rule;
    }

    private static StatusCodeSet ErrorCodes(Struct? extensions)
    {
        if (extensions is null || !extensions.Fields.TryGetValue("http_error_codes", out var value) || value.ListValue is null)
        {
            return StatusCodeSet.ServerErrors;
        }

        var codes = value.ListValue.Values.Select(code => code.NumberValue).Where(code => code is >= 100 and < 600);
        return new(codes.Select(code => (int)code));
    }

    private static HalfOpenProbe? Probe(Struct? extensions) =>
        extensions is not null && extensions.Fields.TryGetValue("half_open_probe", out var value) && value.StructValue is { } probe
            ? new(probe.Fields.TryGetValue("successes", out var successes) ? (int)Math.Clamp(successes.NumberValue, 1, 100) : 1)
            : null;

    private static int Count(uint? value, int absent) => value is { } count ? (int)Math.Min(count, int.MaxValue) : absent;

    private static int Percent(uint? value, int absent, string field, ProblemList problems)
    {
        if (value is > 100)
        {
            problems.Add(field, $"{value} is more than 100 per cent");
            return absent;
        }

        return (int?)value ?? absent;
    }

    private static TimeSpan Positive(Duration? value, TimeSpan absent, string field, ProblemList problems)
    {
        var duration = PbReading.Duration(value, absent, field, problems);
        if (duration > TimeSpan.Zero)
        {
            return duration;
        }

        problems.Add(field, "must be greater than 0");
        return absent;
    }
}
