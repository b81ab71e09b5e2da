using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Where a workload runs, from labels, a written locality, or the zone of its slice.</summary>
internal static class Localities
{
    private const string RegionLabel = "topology.kubernetes.io/region";
    private const string ZoneLabel = "topology.kubernetes.io/zone";
    private const string SubZoneLabel = "topology.istio.io/subzone";
    private const string IstioLabel = "istio-locality";

    public static Locality FromLabels(ImmutableSortedDictionary<string, string> labels)
    {
        if (labels.TryGetValue(IstioLabel, out var written) && written.Length > 0)
        {
            // Label values cannot hold '/', so Istio writes dots.
            return Parse(written.Contains('/', StringComparison.Ordinal) ? written : written.Replace('.', '/'));
        }

        return Of(
            labels.GetValueOrDefault(RegionLabel, ""),
            labels.GetValueOrDefault(ZoneLabel, ""),
            labels.GetValueOrDefault(SubZoneLabel, "")
        );
    }

    /// <summary><c>region/zone/subzone</c>, the later parts optional.</summary>
    public static Locality Parse(string? text)
    {
        var parts = (text ?? "").Split('/', 3);
        return Of(parts[0], parts.Length > 1 ? parts[1] : "", parts.Length > 2 ? parts[2] : "");
    }

    public static Locality WithZone(Locality locality, string? zone) =>
        locality.Zone.Length > 0 || string.IsNullOrEmpty(zone) ? locality : locality with { Zone = zone };

    private static Locality Of(string region, string zone, string subZone) =>
        region.Length + zone.Length + subZone.Length == 0 ? Locality.Unknown : new(region, zone, subZone);
}
