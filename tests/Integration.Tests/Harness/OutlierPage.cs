using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mesh.Cli.Processes;

namespace Mesh.Integration.Tests.Harness;

/// <summary>What a sidecar shows of outlier detection.</summary>
internal static partial class OutlierPage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Waits until attempts are counted by a rule with this <c>maxEjectionPercent</c>.</summary>
    /// <param name="outlierDetection">The block as flow YAML.</param>
    public static Task InForceAsync(Sidecar sidecar, string cluster, string outlierDetection)
    {
        var percent = int.Parse(MaxEjectionPercent().Match(outlierDetection).Groups[1].Value, CultureInfo.InvariantCulture);
        return Wait.UntilAsync(
            $"outlier detection of {cluster} with {percent} %",
            Patience,
            async () =>
            {
                var text = await Wait.TextAsync($"http://{sidecar.Admin}/clusters?format=json", CancellationToken.None);
                using var page = JsonDocument.Parse(text ?? "{\"clusters\":[]}");
                return page
                    .RootElement.GetProperty("clusters")
                    .EnumerateArray()
                    .Any(c =>
                        c.GetProperty("name").GetString() == cluster
                        && c.TryGetProperty("outlier_detection", out var detection)
                        && detection.GetProperty("max_ejection_percent").GetInt32() == percent
                    );
            },
            CancellationToken.None
        );
    }

    /// <summary>The metric <c>envoy_cluster_outlier_detection_ejections_</c> of that name.</summary>
    public static async Task<double> MetricAsync(Sidecar sidecar, string cluster, string name)
    {
        var text = await Wait.TextAsync($"http://{sidecar.Admin}/stats/prometheus", CancellationToken.None);
        var start = $"envoy_cluster_outlier_detection_ejections_{name}{{cluster_name=\"{cluster}\"}} ";
        var line = text!.Split('\n').Single(l => l.StartsWith(start, StringComparison.Ordinal));
        return double.Parse(line[start.Length..], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"maxEjectionPercent: (\d+)")]
    private static partial Regex MaxEjectionPercent();
}
