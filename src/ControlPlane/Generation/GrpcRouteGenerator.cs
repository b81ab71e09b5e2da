using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The routes of one service port for gRPC libraries. They know forwarding and faults and nothing else: header edits, rewrites, mirrors and cross-origin policies are left out,
/// and where a rule would answer by itself its calls go to a cluster without endpoints, so that they fail instead of taking the next rule.
/// </summary>
internal static class GrpcRouteGenerator
{
    /// <param name="domains">All spellings of the name, with port and without.</param>
    /// <param name="service">What stands behind the name; null where nothing does.</param>
    /// <param name="plain">Where calls go that no VirtualService speaks of; null where the name is no service's.</param>
    public static Pb.RouteConfiguration Generate(
        string name,
        int port,
        ImmutableArray<string> domains,
        RouteSet? set,
        string? plain,
        VisibleService? service,
        Client client
    )
    {
        var result = new Pb.RouteConfiguration { Name = name };
        // Rules may ask for the authority, which a library does not show to its matchers but which is the domain it found: names under
        // which different rules hold get virtual hosts of their own.
        var hosts = new Dictionary<ByteString, Pb.VirtualHost>();
        foreach (var domain in domains)
        {
            var host = new Pb.VirtualHost();
            host.Routes.AddRange(Routes(set, port, domain, client));
            if (host.Routes.Count == 0 && plain is not null)
            {
                var action = To(plain, null);
                HashPolicyGenerator.ForGrpc(action, null, service, port, client);
                host.Routes.Add(new Pb.Route { Match = RouteMatchGenerator.Everything(), Route_ = action });
            }

            if (host.Routes.Count == 0 || !RouteMatchGenerator.IsEverything(host.Routes[^1].Match))
            {
                // Some libraries refuse a virtual host in which they understand no route; the call fails either way.
                host.Routes.Add(
                    new Pb.Route
                    {
                        Name = "no-route",
                        Match = RouteMatchGenerator.Everything(),
                        Route_ = To(ResourceNames.BlackHole, null),
                    }
                );
            }

            var content = host.ToByteString();
            if (hosts.TryGetValue(content, out var same))
            {
                same.Domains.Add(domain);
            }
            else
            {
                host.Name = hosts.Count == 0 ? name : $"{name}|{domain}";
                host.Domains.Add(domain);
                hosts.Add(content, host);
                result.VirtualHosts.Add(host);
            }
        }

        return result;
    }

    /// <summary>The clusters that a VirtualService names, whether they exist or not.</summary>
    public static IEnumerable<string> ClustersOf(RouteSet? set, int port) =>
        set?.Http.Select(rule => rule.Action)
            .OfType<RuleAction.Forward>()
            .SelectMany(forward => forward.Destinations)
            .Select(destination => RouteActionGenerator.ClusterOf(destination, port))
        ?? [];

    private static IEnumerable<Pb.Route> Routes(RouteSet? set, int port, string domain, Client client)
    {
        for (var i = 0; i < (set?.Http.Length ?? 0); i++)
        {
            var rule = set!.Http[i];
            if (Applicability.MatchesFor(rule, port, client) is not { } matches)
            {
                continue;
            }

            if (matches.IsEmpty)
            {
                yield return Route(set, i, "", RouteMatchGenerator.Everything(), Action(rule.Action, port, client));
                yield break;
            }

            foreach (var match in matches)
            {
                if (GrpcConditions.Generate(match, domain) is not { } conditions)
                {
                    // What cannot be decided fails for its whole path.
                    yield return Route(set, i, match.Name, RouteMatchGenerator.PathOf(match), To(ResourceNames.BlackHole, null));
                    continue;
                }

                foreach (var condition in conditions)
                {
                    yield return Route(set, i, match.Name, condition, Action(rule.Action, port, client));
                    if (RouteMatchGenerator.IsEverything(condition))
                    {
                        yield break;
                    }
                }
            }
        }
    }

    private static Pb.Route Route(RouteSet set, int index, string match, Pb.RouteMatch condition, Pb.RouteAction action)
    {
        var route = new Pb.Route
        {
            Name = RuleRouteGenerator.NameOf(set, index, match),
            Match = condition,
            Route_ = action,
            Metadata = IstioMetadata.Config(set.Http[index].Source.ToString()),
        };
        RouteFilterGenerator.GenerateFault(route, set.Http[index]);
        return route;
    }

    private static Pb.RouteAction Action(RuleAction action, int port, Client client)
    {
        var result = Action(action, port);
        HashPolicyGenerator.ForGrpc(result, action, null, port, client);
        return result;
    }

    private static Pb.RouteAction Action(RuleAction action, int port)
    {
        if (action is not RuleAction.Forward forward)
        {
            return To(ResourceNames.BlackHole, null);
        }

        var taking =
            forward.Destinations.Length == 1
                ? forward.Destinations
                : [.. forward.Destinations.Where(destination => destination.Weight > 0)];
        if (taking.Length <= 1)
        {
            return To(taking.Length == 0 ? ResourceNames.BlackHole : RouteActionGenerator.ClusterOf(taking[0], port), forward);
        }

        // A total other than the sum is refused.
        var weighted = new Pb.WeightedCluster { TotalWeight = (uint)taking.Sum(destination => destination.Weight) };
        weighted.Clusters.AddRange(
            taking.Select(destination => new Pb.WeightedCluster.Types.ClusterWeight
            {
                Name = RouteActionGenerator.ClusterOf(destination, port),
                Weight = destination.Weight,
            })
        );
        var result = To("", forward);
        result.WeightedClusters = weighted;
        return result;
    }

    private static Pb.RouteAction To(string cluster, RuleAction.Forward? forward) =>
        new()
        {
            Cluster = cluster,
            // Calls that are meant to fail should fail at once.
            RetryPolicy = cluster == ResourceNames.BlackHole ? null : RetryPolicyGenerator.GenerateForGrpc(forward?.Retries),
            // The time that gRPC enforces (gRFC A31); it does not read RouteAction.timeout.
            MaxStreamDuration =
                forward?.Timeout is { } timeout && timeout > TimeSpan.Zero
                    ? new() { MaxStreamDuration_ = XdsMessages.Duration(timeout) }
                    : null,
        };
}
