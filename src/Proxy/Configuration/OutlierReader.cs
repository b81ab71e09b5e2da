using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what a cluster's outlier detection means to this proxy.</summary>
internal static class OutlierReader
{
    // Envoy's default (cluster.proto, healthy_panic_threshold).
    private const double DefaultPanicThreshold = 50;

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
}
