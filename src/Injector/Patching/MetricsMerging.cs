using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.Injector.Reading;

namespace Mesh.Injector.Patching;

/// <summary>
/// Points Prometheus at the proxy, which answers its own metrics and the application's together: an application under STRICT cannot be scraped
/// by who has no certificate. Annotations as Istio's injector reads and writes them.
/// </summary>
internal static class MetricsMerging
{
    private const string Path = "/stats/prometheus";

    // Istio's, for applications that say only one of both.
    private const int UsualPort = 80;
    private const string UsualPath = "/metrics";

    private static readonly string[] Scrape = ["metadata", "annotations", "prometheus.io/scrape"];
    private static readonly string[] Port = ["metadata", "annotations", "prometheus.io/port"];
    private static readonly string[] PagePath = ["metadata", "annotations", "prometheus.io/path"];
    private static readonly string[] Scheme = ["metadata", "annotations", "prometheus.io/scheme"];

    /// <summary>Where the proxy finds the application's metrics; null where it has none, or is not to ask.</summary>
    /// <param name="before">What it already was to ask, where the pod has been injected before.</param>
    public static JsonObject? Apply(PatchBuilder patch, PodPlan plan, JsonObject? before, List<string> warnings)
    {
        if (!plan.Pod.MergeMetrics || plan.Pod.StatusPort == 0 || Text(patch, Scrape) == "false")
        {
            return null;
        }

        var (port, path, scheme) = (Text(patch, Port), Text(patch, PagePath), Text(patch, Scheme));
        var own = port is not null && IsOwn(plan, port);
        var asked = own ? before : null;
        if (!own && (port is not null || path is not null || Text(patch, Scrape) is not null))
        {
            var number = UsualPort;
            if (
                port is not null
                && !(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is > 0 and <= 65535)
            )
            {
                warnings.Add(
                    $"metadata.annotations[prometheus.io/port]: \"{Shown.Short(port)}\" is no port, so the annotations stay as they are and no metrics are merged"
                );
                return null;
            }

            asked = new JsonObject { ["port"] = number, ["path"] = path ?? UsualPath };
            if (scheme == "https")
            {
                asked["scheme"] = scheme;
            }
        }

        if (scheme is not null)
        {
            patch.Set(JsonValue.Create("http"), Scheme);
        }

        patch.Set(JsonValue.Create(Path), PagePath);
        patch.Set(JsonValue.Create($"{plan.Pod.StatusPort}"), Port);
        patch.SetMissing(JsonValue.Create("true"), Scrape);
        return asked;
    }

    // Injected before, or written by somebody who knew where a sidecar's metrics are.
    private static bool IsOwn(PodPlan plan, string port) => port == $"{plan.Pod.StatusPort}" || port == $"{Names.MetricsPort}";

    private static string? Text(PatchBuilder patch, string[] path) => (string?)patch.Find(path) is { Length: > 0 } text ? text : null;
}
