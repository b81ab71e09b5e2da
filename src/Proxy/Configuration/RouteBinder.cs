using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// Pure: gives the destinations of a table their clusters. What already has the right ones is kept by reference, down to the virtual
/// host, so that a changed endpoint costs the virtual hosts that use it and nothing else.
/// </summary>
internal static class RouteBinder
{
    /// <summary>Binds a table to the clusters of one configuration.</summary>
    /// <param name="unbound">As <see cref="RouteReader"/> made it.</param>
    /// <param name="previous">The table of that name before, null where there was none.</param>
    public static BoundRoutes Bind(RouteTable unbound, bool ignorePort, FrozenDictionary<string, Cluster> clusters, BoundRoutes? previous)
    {
        var same = previous is not null && ReferenceEquals(previous.Unbound, unbound);
        if (same && previous!.Table.VirtualHosts.All(h => IsBound(h, clusters)))
        {
            return previous;
        }

        var states = same ? null : States(previous?.Table);
        var hosts = ImmutableArray.CreateBuilder<VirtualHost>(unbound.VirtualHosts.Length);
        for (var i = 0; i < unbound.VirtualHosts.Length; i++)
        {
            hosts.Add(
                same && IsBound(previous!.Table.VirtualHosts[i], clusters)
                    ? previous.Table.VirtualHosts[i]
                    : Bind(unbound.VirtualHosts[i], clusters, states)
            );
        }

        return new BoundRoutes(unbound, RouteTable.Create(unbound.Name, unbound.Version, hosts.MoveToImmutable(), ignorePort));
    }

    /// <summary>The same for destinations of TCP connections.</summary>
    public static WeightedDestinations Bind(
        WeightedDestinations unbound,
        FrozenDictionary<string, Cluster> clusters,
        WeightedDestinations? previous
    ) =>
        previous is not null
        && ReferenceEquals(previous.State, unbound.State)
        && previous.Destinations.All(d => d.Cluster == clusters.GetValueOrDefault(d.ClusterName))
            ? previous
            : new WeightedDestinations([.. unbound.Destinations.Select(d => Bind(d, clusters))], unbound.State)
            {
                BySource = unbound.BySource,
            };

    private static VirtualHost Bind(
        VirtualHost host,
        FrozenDictionary<string, Cluster> clusters,
        Dictionary<(string Host, string Rule, int Index), PickState>? states
    )
    {
        var rules = ImmutableArray.CreateBuilder<Rule>(host.Rules.Length);
        for (var i = 0; i < host.Rules.Length; i++)
        {
            var rule = host.Rules[i];
            rules.Add(
                rule.Action is not RuleAction.Forward forward
                    ? rule
                    : rule with
                    {
                        Action = forward with
                        {
                            Destinations = new WeightedDestinations(
                                [.. forward.Destinations.Destinations.Select(d => Bind(d, clusters))],
                                states?.GetValueOrDefault((host.Name, rule.Name, i)) ?? forward.Destinations.State
                            ),
                            Mirrors = [.. forward.Mirrors.Select(m => m with { Cluster = clusters.GetValueOrDefault(m.ClusterName) })],
                        },
                    }
            );
        }

        return new VirtualHost
        {
            Name = host.Name,
            Domains = host.Domains,
            Rules = rules.MoveToImmutable(),
        };
    }

    private static WeightedDestination Bind(WeightedDestination destination, FrozenDictionary<string, Cluster> clusters) =>
        new()
        {
            ClusterName = destination.ClusterName,
            Cluster = clusters.GetValueOrDefault(destination.ClusterName),
            Weight = destination.Weight,
            AuthorityRewrite = destination.AuthorityRewrite,
            RequestEdits = destination.RequestEdits,
            ResponseEdits = destination.ResponseEdits,
        };

    private static bool IsBound(VirtualHost host, FrozenDictionary<string, Cluster> clusters)
    {
        foreach (var rule in host.Rules)
        {
            if (rule.Action is not RuleAction.Forward forward)
            {
                continue;
            }

            foreach (var destination in forward.Destinations.Destinations)
            {
                if (!ReferenceEquals(destination.Cluster, clusters.GetValueOrDefault(destination.ClusterName)))
                {
                    return false;
                }
            }

            foreach (var mirror in forward.Mirrors)
            {
                if (!ReferenceEquals(mirror.Cluster, clusters.GetValueOrDefault(mirror.ClusterName)))
                {
                    return false;
                }
            }
        }

        return true;
    }

    // A rule is the same one in the next version if it stands at the same place under the same names: its shares then go on smoothly.
    private static Dictionary<(string Host, string Rule, int Index), PickState>? States(RouteTable? table)
    {
        if (table is null)
        {
            return null;
        }

        var states = new Dictionary<(string, string, int), PickState>();
        foreach (var host in table.VirtualHosts)
        {
            for (var i = 0; i < host.Rules.Length; i++)
            {
                if (host.Rules[i].Action is RuleAction.Forward forward)
                {
                    states[(host.Name, host.Rules[i].Name, i)] = forward.Destinations.State;
                }
            }
        }

        return states;
    }
}
