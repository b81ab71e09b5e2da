using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>TLS (by server name) and TCP rules, one for each match block, in the order in which they are tried.</summary>
internal static class TcpRuleTranslator
{
    private const uint WholeWeight = 100;

    public static ImmutableArray<TcpRule> Translate(
        ConfigObject<VirtualServiceSpec> owner,
        DestinationTranslator destinations,
        MeshSettings settings,
        Findings findings
    )
    {
        var rules = ImmutableArray.CreateBuilder<TcpRule>();
        var spec = FieldPath.Root.Field("spec");
        for (var i = 0; i < owner.Spec.Tls.Length; i++)
        {
            var rule = owner.Spec.Tls[i];
            var at = spec.Field("tls").Index(i);
            var targets = Destinations(owner, rule.Route, at, destinations);
            for (var m = 0; m < rule.Match.Length; m++)
            {
                var match = rule.Match[m];
                var written = new L4MatchSpec
                {
                    Location = match.Location,
                    DestinationSubnets = match.DestinationSubnets,
                    Port = match.Port,
                    SourceLabels = match.SourceLabels,
                    SourceNamespace = match.SourceNamespace,
                    Gateways = match.Gateways,
                };
                ImmutableArray<string> names = [.. match.SniHosts.Select(HostNames.Normalise)];
                rules.Add(Rule(owner, names, written, at.Field("match").Index(m), rule.Location, targets, settings, findings));
            }
        }

        for (var i = 0; i < owner.Spec.Tcp.Length; i++)
        {
            var rule = owner.Spec.Tcp[i];
            var at = spec.Field("tcp").Index(i);
            var targets = Destinations(owner, rule.Route, at, destinations);
            ImmutableArray<L4MatchSpec> matches = rule.Match.IsEmpty ? [new L4MatchSpec { Location = rule.Location }] : rule.Match;
            for (var m = 0; m < matches.Length; m++)
            {
                rules.Add(Rule(owner, [], matches[m], at.Field("match").Index(m), rule.Location, targets, settings, findings));
            }
        }

        return rules.ToImmutable();
    }

    private static TcpRule Rule(
        ConfigObject owner,
        ImmutableArray<string> serverNames,
        L4MatchSpec match,
        FieldPath path,
        SourceLocation location,
        ImmutableArray<WeightedDestination> targets,
        MeshSettings settings,
        Findings findings
    )
    {
        var labels = new Labels(match.SourceLabels);
        var sourceNamespace = match.SourceNamespace;
        MatchTranslator.IgnoredBesideGateways(match.Gateways, ref labels, ref sourceNamespace, owner, path, match.Location, findings);
        return new(
            serverNames,
            match.DestinationSubnets,
            match.Port,
            labels,
            sourceNamespace,
            MatchTranslator.Gateways(match.Gateways, owner.Key.Namespace, settings),
            targets,
            HostNames.Source(owner, location)
        );
    }

    private static ImmutableArray<WeightedDestination> Destinations(
        ConfigObject owner,
        ImmutableArray<L4DestinationSpec> routes,
        FieldPath rule,
        DestinationTranslator destinations
    )
    {
        var targets = ImmutableArray.CreateBuilder<WeightedDestination>();
        for (var i = 0; i < routes.Length; i++)
        {
            var route = routes[i];
            var (host, port, missing) = destinations.Resolve(
                owner,
                route.Destination,
                rule.Field("route").Index(i).Field("destination"),
                route.Location
            );
            if (routes.Length == 1 || route.Weight > 0)
            {
                targets.Add(
                    new(
                        host,
                        route.Destination.Subset ?? "",
                        port,
                        routes.Length == 1 ? WholeWeight : (uint)route.Weight,
                        HeaderOperations.None,
                        HeaderOperations.None,
                        missing
                    )
                );
            }
        }

        return targets.ToImmutable();
    }
}
