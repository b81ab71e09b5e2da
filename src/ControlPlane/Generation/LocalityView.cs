using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>From where a client looks at the endpoints of a cluster, and what it prefers among them.</summary>
/// <param name="Failover">Whether nearer endpoints come first: only with something that finds out that they fail.</param>
internal sealed record LocalityView(Locality Client, Labels Labels, LocalityBalancing Setting, bool Failover)
{
    /// <summary>
    /// Null where all localities are equal. As in Istio, outlier detection alone is enough for failover, and without it failover settings are
    /// without effect; zone-aware balancing needs none.
    /// </summary>
    public static LocalityView? Of(TrafficPolicy policy, Client client)
    {
        var setting = policy.LoadBalancing?.Locality ?? client.Settings.Locality;
        var failover = policy.OutlierDetection is not null || setting.ZoneAwareFrom is not null;
        return setting.IsOff || (!failover && setting.Distribute.IsEmpty) ? null : new(client.Locality, client.Labels, setting, failover);
    }

    /// <summary>Where a client stands, as far as any policy of the service asks; for memo keys.</summary>
    public static string? KeyOf(DestinationPolicy? policy, Client client) =>
        policy is not null && Matters(policy, client.Settings)
            ? $"{client.Locality.Region}/{client.Locality.Zone}/{client.Locality.SubZone}|{client.Labels}"
            : null;

    /// <summary>Whether clients at different places may get different endpoints under this policy.</summary>
    public static bool Matters(DestinationPolicy policy, MeshSettings settings) =>
        Levels(policy)
            .Any(level =>
                level.OutlierDetection is not null
                || (level.LoadBalancing?.Locality ?? settings.Locality) is { ZoneAwareFrom: not null } or { Distribute.IsEmpty: false }
            );

    /// <summary>The labels by which a policy compares endpoints with the client.</summary>
    public static IEnumerable<string> LabelsOf(DestinationPolicy policy) =>
        Levels(policy).SelectMany(level => level.LoadBalancing?.Locality?.FailoverPriority ?? []).Select(label => label.Split('=')[0]);

    private static IEnumerable<TrafficPolicy> Levels(DestinationPolicy policy) =>
        policy
            .Subsets.Select(subset => subset.Policy)
            .Append(policy.Policy)
            .SelectMany(level => level.Ports.Select(port => port.Policy).Append(level));
}
