using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>VirtualServices as route sets, in the order of conflicts.</summary>
internal static class RouteTranslator
{
    /// <param name="memo">Of an earlier run with the same services and policies, by object; taken over where they still fit, and brought up to date.</param>
    public static ImmutableArray<RouteSet> Translate(
        ImmutableArray<ConfigObject<VirtualServiceSpec>> items,
        ServiceCatalog catalog,
        ImmutableArray<DestinationPolicy> policies,
        MeshSettings settings,
        ref FrozenDictionary<ConfigObject, TranslatedRoutes> memo,
        Findings findings
    )
    {
        // Only the lookup of policies is needed here; the rest of the mesh is not known yet.
        var known = new MeshSnapshot(settings, [], [], [], policies, []);
        var destinations = new DestinationTranslator(catalog, known, settings, findings);
        var delegates = new DelegateTranslator(items, settings, findings);
        var sets = ImmutableArray.CreateBuilder<RouteSet>();
        var owners = new Dictionary<string, List<(RouteSet Set, ConfigObject Object)>>(StringComparer.Ordinal);
        var next = new Dictionary<ConfigObject, TranslatedRoutes>(ReferenceComparer<ConfigObject>.Instance);
        foreach (var item in items.Order(ConflictOrder.Instance).Cast<ConfigObject<VirtualServiceSpec>>())
        {
            if (item.Spec.Hosts.IsEmpty)
            {
                // A delegate: its rules stand where others name it.
                RouteForceChecks.Check(item, findings);
                continue;
            }

            if (!memo.TryGetValue(item, out var translated))
            {
                var before = findings.Count;
                RouteForceChecks.Check(item, findings);
                var written = delegates.RulesOf(item);
                var made = Translate(item, written, destinations, settings, findings);
                DestinationPortChecks.Check(made, written, catalog, settings, findings);
                translated = new(made, findings.Since(before));
            }
            else
            {
                findings.AddRange(translated.Diagnostics);
            }

            var set = translated.Set;
            // What delegates depends on other objects, too.
            if (!item.Spec.Http.Any(rule => rule.Delegate is not null))
            {
                next.Add(item, translated);
            }

            sets.Add(set);
            if (set.InMesh)
            {
                FindConflicts(item, set, owners, findings);
            }
        }

        delegates.ReportUnused();
        memo = next.ToFrozenDictionary(ReferenceComparer<ConfigObject>.Instance);
        return sets.ToImmutable();
    }

    private static RouteSet Translate(
        ConfigObject<VirtualServiceSpec> item,
        ImmutableArray<WrittenRule> written,
        DestinationTranslator destinations,
        MeshSettings settings,
        Findings findings
    )
    {
        ImmutableArray<Rule> http = [.. written.Select(rule => HttpRuleTranslator.Translate(rule, destinations, settings, findings))];
        ShadowChecks.Check(written, http, findings);
        var gateways = MatchTranslator.Gateways(item.Spec.Gateways, item.Key.Namespace, settings);
        return new(
            item.Key.Namespace,
            item.Key.Name,
            [
                .. item
                    .Spec.Hosts.Select(host => HostNames.Resolve(host, item.Key.Namespace, settings))
                    .Distinct(StringComparer.Ordinal)
                    .Order(Comparer<string>.Create(HostPattern.CompareSpecificity)),
            ],
            gateways,
            gateways.IsEmpty || gateways.Contains(MatchTranslator.MeshGateway, StringComparer.Ordinal),
            http,
            TcpRuleTranslator.Translate(item, destinations, settings, findings),
            ExportTo.Resolve(item.Spec.ExportTo, item.Key.Namespace),
            item.CreationTimestamp,
            HostNames.Source(item)
        );
    }

    private static void FindConflicts(
        ConfigObject<VirtualServiceSpec> item,
        RouteSet set,
        Dictionary<string, List<(RouteSet Set, ConfigObject Object)>> owners,
        Findings findings
    )
    {
        foreach (var host in set.Hosts)
        {
            if (!owners.TryGetValue(host, out var claims))
            {
                owners.Add(host, claims = []);
            }

            // Who could see both gets the first; two that nobody sees together do not disturb each other.
            var at = claims.FindIndex(claim => ExportTo.Overlap(claim.Set.Visibility, set.Visibility));
            if (at >= 0)
            {
                var winner = claims[at].Object;
                var index = Math.Max(0, item.Spec.Hosts.ToList().FindIndex(written => IsWritten(written, host)));
                findings.Add(
                    TranslationCodes.DuplicateHost,
                    item,
                    FieldPath.Root.Field("spec").Field("hosts").Index(index),
                    $"{host} is already routed by {winner.Key} ({winner.Location}), which {ConflictOrder.Reason(winner, item)}; these rules have no"
                        + " effect for it on sidecars; merge the two, or narrow hosts or exportTo"
                );
            }

            claims.Add((set, item));
        }
    }

    private static bool IsWritten(string written, string host)
    {
        var name = HostNames.Normalise(written);
        return name == host || host.StartsWith($"{name}.", StringComparison.Ordinal);
    }
}
