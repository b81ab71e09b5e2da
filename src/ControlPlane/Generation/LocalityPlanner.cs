using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// Priorities and weights of localities as one client sees them, after Istio's rules (pilot/pkg/networking/core/loadbalancer).
/// </summary>
internal static class LocalityPlanner
{
    // Shares of per cent are given in hundredths, so that a per cent can be divided among many zones.
    private const double Hundredths = 100;

    private const string NetworkLabel = "topology.istio.io/network";
    private const string RegionLabel = "topology.kubernetes.io/region";
    private const string ZoneLabel = "topology.kubernetes.io/zone";
    private const string SubZoneLabel = "topology.istio.io/subzone";

    /// <summary>The groups in the order of priority and locality; without a view, all of the first priority.</summary>
    public static ImmutableArray<LocalityGroup> Plan(IEnumerable<(ServiceEndpoint Endpoint, uint Weight)> endpoints, LocalityView? view)
    {
        var byLocality = endpoints.GroupBy(endpoint => endpoint.Endpoint.Locality).ToArray();
        if (view is null)
        {
            return Sorted(byLocality.Select(group => Group(group.Key, 0, group)));
        }

        if (!view.Setting.Distribute.IsEmpty)
        {
            return Sorted(Distributed([.. byLocality.Select(group => Group(group.Key, 0, group))], view));
        }

        var groups = byLocality
            .SelectMany(group =>
                group.GroupBy(endpoint => Priority(endpoint.Endpoint, view)).Select(part => Group(group.Key, part.Key, part))
            )
            .ToArray();
        // gRPC libraries refuse priorities with gaps.
        var used = groups.Select(group => group.Priority).Distinct().Order().ToList();
        groups = [.. groups.Select(group => group with { Priority = used.IndexOf(group.Priority) })];
        return Sorted(view.Setting.ZoneAwareFrom is { } least ? ZoneAware(groups, view, least) : groups);
    }

    private static int Priority(ServiceEndpoint endpoint, LocalityView view)
    {
        var (setting, client, there) = (view.Setting, view.Client, endpoint.Locality);
        var byLabels = setting.FailoverPriority.IsEmpty ? 0 : Unlikeness(endpoint, view);
        if (setting.ZoneAwareFrom is not null)
        {
            var region =
                there.Region == client.Region ? 0
                : setting.Failover.FirstOrDefault(pair => pair.From == client.Region)?.To == there.Region ? 1
                : 2;
            return (byLabels * 3) + region;
        }

        // Labels alone decide, unless regions are named beside them.
        return !setting.FailoverPriority.IsEmpty && setting.Failover.IsEmpty ? byLabels : (byLabels * 5) + Distance(there, client, setting);
    }

    private static int Distance(Locality there, Locality client, LocalityBalancing setting)
    {
        if (there.Region != client.Region)
        {
            var over = setting.Failover.FirstOrDefault(pair => pair.From == client.Region);
            return over is null || over.To == there.Region ? 3 : 4;
        }

        return there.Zone != client.Zone ? 2
            : there.SubZone != client.SubZone ? 1
            : 0;
    }

    // The first label that differs decides. A network that differs counts more than all others together, which still count among themselves.
    private static int Unlikeness(ServiceEndpoint endpoint, LocalityView view)
    {
        var labels = view.Setting.FailoverPriority;
        var other = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            var parts = labels[i].Split('=', 2);
            var mine = parts.Length == 2 ? parts[1] : Value(parts[0], view.Labels, view.Client);
            if (mine == Value(parts[0], endpoint.Labels, endpoint.Locality))
            {
                continue;
            }

            if (i > 0 || parts[0] != NetworkLabel)
            {
                return other + labels.Length - i;
            }

            other = labels.Length;
        }

        return other;
    }

    private static string Value(string label, Labels labels, Locality locality) =>
        labels.Values.TryGetValue(label, out var value)
            ? value
            : label switch
            {
                RegionLabel => locality.Region,
                ZoneLabel => locality.Zone,
                SubZoneLabel => locality.SubZone,
                _ => "",
            };

    private static IEnumerable<LocalityGroup> Distributed(LocalityGroup[] groups, LocalityView view)
    {
        var shares = view.Setting.Distribute.FirstOrDefault(share => Matches(view.Client, share.From));
        if (shares is null)
        {
            return groups;
        }

        var result = new List<LocalityGroup>();
        var left = groups.ToList();
        // Narrower targets first, so that a zone of its own keeps out of its region's share.
        foreach (var (target, percent) in shares.To.OrderByDescending(to => to.Key.Split('/').Count(part => part != "*")))
        {
            var matching = left.Where(group => Matches(group.Locality, target)).ToArray();
            var total = matching.Sum(group => (double)group.Weight);
            left.RemoveAll(matching.Contains);
            result.AddRange(
                matching
                    .Where(_ => percent > 0)
                    .Select(group => group with { Weight = (uint)Math.Max(1, Math.Round(Hundredths * percent * group.Weight / total)) })
            );
        }

        // What no target names gets nothing.
        return result;
    }

    // Parts that a name leaves out match as * does.
    private static bool Matches(Locality locality, string name)
    {
        var parts = name.Split('/');
        return Part(0, locality.Region) && Part(1, locality.Zone) && Part(2, locality.SubZone);

        bool Part(int index, string value) => index >= parts.Length || parts[index] is "*" or "" || parts[index] == value;
    }

    // Envoy's zone aware routing: what the client's zone can take stays there, and the rest goes where there is more than that zone needs.
    // Clients are taken to be spread evenly over the zones, for nobody says how they are.
    private static IEnumerable<LocalityGroup> ZoneAware(LocalityGroup[] groups, LocalityView view, int least)
    {
        var first = groups.Where(group => group.Priority == 0).ToArray();
        if (first.Sum(group => group.Endpoints.Length) < least)
        {
            return groups;
        }

        var zones = first.Select(group => group.Locality.Zone).Append(view.Client.Zone).Distinct(StringComparer.Ordinal).Count();
        var total = first.Sum(group => (double)group.Weight);
        var own = first.Where(group => group.Locality.Zone == view.Client.Zone).Sum(group => group.Weight / total);
        var local = Math.Min(1, own * zones);
        var spare = first
            .Where(group => group.Locality.Zone != view.Client.Zone)
            .GroupBy(group => group.Locality.Zone)
            .ToDictionary(zone => zone.Key, zone => Math.Max(0, zone.Sum(group => group.Weight / total) - (1.0 / zones)));
        var spareTotal = spare.Values.Sum();
        return groups.SelectMany(group =>
        {
            if (group.Priority > 0)
            {
                return [group];
            }

            // Of the zone's part of the traffic, this group's part.
            var zone = first.Where(other => other.Locality.Zone == group.Locality.Zone).Sum(other => (double)other.Weight);
            var share =
                group.Locality.Zone == view.Client.Zone ? local
                : spareTotal > 0 ? (1 - local) * spare[group.Locality.Zone] / spareTotal
                : 0;
            // Kept with next to no weight, for when the others fail.
            return new[] { group with { Weight = (uint)Math.Max(1, Math.Round(share * 100 * Hundredths * group.Weight / zone)) } };
        });
    }

    private static LocalityGroup Group(Locality locality, int priority, IEnumerable<(ServiceEndpoint Endpoint, uint Weight)> endpoints)
    {
        var all = endpoints.ToImmutableArray();
        return new(locality, priority, (uint)all.Sum(endpoint => (long)endpoint.Weight), all);
    }

    private static ImmutableArray<LocalityGroup> Sorted(IEnumerable<LocalityGroup> groups) =>
        [
            .. groups
                .OrderBy(group => group.Priority)
                .ThenBy(group => group.Locality.Region, StringComparer.Ordinal)
                .ThenBy(group => group.Locality.Zone, StringComparer.Ordinal)
                .ThenBy(group => group.Locality.SubZone, StringComparer.Ordinal),
        ];
}
