namespace Mesh.Proxy.Upstream.Outliers;

/// <summary>Detectors as metrics and log lines call them.</summary>
internal static class DetectorNames
{
    // Envoy's names (outlier_detection.h, ALL_OUTLIER_DETECTION_STATS); the last is ours.
    private static readonly string[] Names =
    [
        "consecutive_gateway_failure",
        "consecutive_5xx",
        "consecutive_local_origin_failure",
        "success_rate",
        "local_origin_success_rate",
        "failure_percentage",
        "local_origin_failure_percentage",
        "half_open_probe",
    ];

    public static ReadOnlySpan<string> All => Names;

    public static string Of(Detector detector) => Names[(int)detector];
}
