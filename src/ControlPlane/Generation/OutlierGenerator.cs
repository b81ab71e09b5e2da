using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>Outlier detection of a cluster: for sidecars with everything, for gRPC libraries with the two detectors that they have.</summary>
internal static class OutlierGenerator
{
    // Defaults of the API that have to be known here.
    private const int Consecutive5xxDefault = 5;
    private const int MaxEjectionPercentDefault = 10;

    /// <summary>For a sidecar. What the public API has no field for goes into metadata.</summary>
    public static void Generate(Pb.Cluster cluster, OutlierDetection? detection)
    {
        if (detection is null)
        {
            return;
        }

        var result = Common(detection);
        // Switched off unless asked for; Envoy would switch it on by itself.
        result.EnforcingSuccessRate = 0;
        result.SplitExternalLocalOriginErrors = detection.SplitExternalLocalOriginErrors;
        if (detection.Consecutive5xx is { } errors)
        {
            result.Consecutive5Xx = (uint)Math.Max(errors, 0);
            result.EnforcingConsecutive5Xx = Enforced(errors);
        }

        if (detection.ConsecutiveGatewayErrors is { } gatewayErrors)
        {
            result.ConsecutiveGatewayFailure = (uint)Math.Max(gatewayErrors, 0);
            result.EnforcingConsecutiveGatewayFailure = Enforced(gatewayErrors);
        }

        if (detection is { SplitExternalLocalOriginErrors: true })
        {
            result.EnforcingLocalOriginSuccessRate = 0;
            if (detection.ConsecutiveLocalOriginFailures is { } localErrors)
            {
                result.ConsecutiveLocalOriginFailure = (uint)Math.Max(localErrors, 0);
                result.EnforcingConsecutiveLocalOriginFailure = Enforced(localErrors);
            }
        }

        Statistics(result, detection);
        cluster.OutlierDetection = result;

        // Istio: with outlier detection the panic threshold is minHealthPercent, and that is zero (no panic) unless set.
        (cluster.CommonLbConfig ??= new()).HealthyPanicThreshold = new() { Value = detection.MinHealthPercent ?? 0 };
        Extensions(cluster, detection);
    }

    /// <summary>
    /// For a gRPC library (gRFC A50): it ejects by success rate and failure percentage alone, and counts every status but OK as a failure.
    /// Errors in a row become "nothing but failures in an interval with so many calls". It looks at the allowed share before an ejection, not
    /// after, so the rule asks for as many endpoints as make the first ejection stay within it.
    /// </summary>
    public static Pb.OutlierDetection? ForGrpc(OutlierDetection? detection)
    {
        var share = detection?.MaxEjectionPercent ?? MaxEjectionPercentDefault;
        if (detection is null || share <= 0)
        {
            return null;
        }

        var result = Common(detection);
        // Absent would switch it on, with values of the library's own.
        result.EnforcingSuccessRate = 0;
        Statistics(result, detection);
        var errors = Errors(detection);
        if (detection.FailurePercentage is null && errors > 0)
        {
            // More than 99 per cent: all.
            result.FailurePercentageThreshold = 99;
            result.FailurePercentageRequestVolume = (uint)errors;
            result.FailurePercentageMinimumHosts = (uint)Math.Ceiling(100.0 / share);
            result.EnforcingFailurePercentage = 100;
        }

        return result.EnforcingSuccessRate is 0 && result.EnforcingFailurePercentage is null or 0 ? null : result;
    }

    private static Pb.OutlierDetection Common(OutlierDetection detection)
    {
        var result = new Pb.OutlierDetection
        {
            Interval = detection.Interval is { } interval ? XdsMessages.Duration(interval) : null,
            BaseEjectionTime = detection.BaseEjectionTime is { } time ? XdsMessages.Duration(time) : null,
        };
        if (detection.MaxEjectionPercent is { } share)
        {
            result.MaxEjectionPercent = (uint)Math.Clamp(share, 0, 100);
        }

        return result;
    }

    private static void Statistics(Pb.OutlierDetection result, OutlierDetection detection)
    {
        if (detection.SuccessRate is { } rate)
        {
            result.SuccessRateMinimumHosts = (uint?)rate.MinimumHosts;
            result.SuccessRateRequestVolume = (uint?)rate.RequestVolume;
            // In thousandths.
            result.SuccessRateStdevFactor = rate.StdevFactor is { } factor ? (uint)Math.Round(factor * 1000) : null;
            result.EnforcingSuccessRate = (uint)(rate.Enforcing ?? 100);
            if (result.SplitExternalLocalOriginErrors)
            {
                result.EnforcingLocalOriginSuccessRate = result.EnforcingSuccessRate;
            }
        }

        if (detection.FailurePercentage is { } share)
        {
            result.FailurePercentageThreshold = (uint?)share.Threshold;
            result.FailurePercentageMinimumHosts = (uint?)share.MinimumHosts;
            result.FailurePercentageRequestVolume = (uint?)share.RequestVolume;
            result.EnforcingFailurePercentage = (uint)(share.Enforcing ?? 100);
            if (result.SplitExternalLocalOriginErrors)
            {
                result.EnforcingFailurePercentageLocalOrigin = result.EnforcingFailurePercentage;
            }
        }
    }

    private static void Extensions(Pb.Cluster cluster, OutlierDetection detection)
    {
        var extensions = new Struct();
        if (detection.HalfOpenProbe is { } probe)
        {
            extensions.Fields.Add(
                "half_open_probe",
                Value.ForStruct(new Struct { Fields = { ["successes"] = Value.ForNumber(probe.Successes) } })
            );
        }

        if (!detection.ErrorCodes.IsEmpty)
        {
            extensions.Fields.Add("http_error_codes", Value.ForList([.. detection.ErrorCodes.Select(code => Value.ForNumber(code))]));
        }

        if (extensions.Fields.Count > 0)
        {
            IstioMetadata.Extend(cluster, "outlier_detection", extensions);
        }
    }

    // The fewest errors in a row that eject.
    private static int Errors(OutlierDetection detection)
    {
        var any = detection.Consecutive5xx ?? Consecutive5xxDefault;
        var gateway = detection.ConsecutiveGatewayErrors ?? 0;
        return any <= 0 ? gateway
            : gateway <= 0 ? any
            : Math.Min(any, gateway);
    }

    // A detector that is set to zero is off.
    private static uint Enforced(int threshold) => threshold > 0 ? 100u : 0u;
}
