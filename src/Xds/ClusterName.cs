using System.Globalization;

namespace Mesh.Xds;

/// <summary>The parts of a cluster name <c>direction|port|subset|host</c>, the form that Istio's users know from logs and dashboards.</summary>
public readonly record struct ClusterName(TrafficDirection Direction, int Port, string Subset, string Host)
{
    /// <summary>Reads <c>outbound|9080|v1|reviews.default.svc.cluster.local</c> or <c>inbound|9080||</c>; false for any other name.</summary>
    public static bool TryParse(string? name, out ClusterName result)
    {
        result = default;
        if (name is null)
        {
            return false;
        }
        Span<Range> parts = stackalloc Range[5];
        if (name.AsSpan().Split(parts, '|') != 4)
        {
            return false;
        }
        TrafficDirection direction;
        switch (name.AsSpan(parts[0]))
        {
            case "outbound":
                direction = TrafficDirection.Outbound;
                break;
            case "inbound":
                direction = TrafficDirection.Inbound;
                break;
            default:
                return false;
        }
        if (!int.TryParse(name.AsSpan(parts[1]), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 0 or > 65535)
        {
            return false;
        }
        result = new ClusterName(direction, port, name[parts[2]], name[parts[3]]);
        return true;
    }

    /// <summary>The name itself.</summary>
    public override string ToString() => $"{(Direction == TrafficDirection.Inbound ? "inbound" : "outbound")}|{Port}|{Subset}|{Host}";
}
