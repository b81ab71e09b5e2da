using System.Collections.Immutable;
using System.Globalization;
using Mesh.ControlPlane.Model;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The routes of a VirtualService for one client at one port: a route per match, the first that matches wins.</summary>
internal static class RuleRouteGenerator
{
    /// <summary>
    /// Empty where no rule speaks to this client at this port. Its services are dialled plainly then, as in Istio: rules that are limited to
    /// other clients or ports say nothing about this one.
    /// </summary>
    /// <param name="port">Where the client's connection was going.</param>
    /// <param name="servicePort">The port of destinations that name none.</param>
    public static ImmutableArray<Pb.Route> Generate(RouteSet set, int port, int servicePort, Client client)
    {
        var routes = ImmutableArray.CreateBuilder<Pb.Route>();
        for (var i = 0; i < set.Http.Length; i++)
        {
            if (Applicability.MatchesFor(set.Http[i], port, client) is not { } matches)
            {
                continue;
            }

            foreach (var (match, name) in Conditions(matches))
            {
                var route = new Pb.Route
                {
                    Name = NameOf(set, i, name),
                    Match = match is null ? RouteMatchGenerator.Everything() : RouteMatchGenerator.Generate(match),
                    StatPrefix = match?.StatPrefix ?? "",
                    Metadata = IstioMetadata.Config(set.Http[i].Source.ToString()),
                };
                RouteFilterGenerator.Generate(route, set.Http[i]);
                RouteActionGenerator.Generate(route, set.Http[i], port, servicePort);
                HashPolicyGenerator.Generate(route.Route_, set.Http[i].Action, servicePort, client);
                routes.Add(route);
                if (RouteMatchGenerator.IsEverything(route.Match))
                {
                    // Nothing can reach what comes after.
                    return routes.DrainToImmutable();
                }
            }
        }

        return routes.DrainToImmutable();
    }

    /// <summary><c>namespace/virtualservice/rule</c>, a rule without name by its position; <c>.match</c> where the match has a name.</summary>
    public static string NameOf(RouteSet set, int index, string match)
    {
        var rule = set.Http[index].Name is { Length: > 0 } given ? given : index.ToString(CultureInfo.InvariantCulture);
        return match.Length > 0 ? $"{set.Namespace}/{set.Name}/{rule}.{match}" : $"{set.Namespace}/{set.Name}/{rule}";
    }

    private static IEnumerable<(Match? Match, string Name)> Conditions(ImmutableArray<Match> matches) =>
        matches.IsEmpty ? [(null, "")] : matches.Select(match => ((Match?)match, match.Name));
}
