using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>DestinationRules as policies; several of one namespace for one host become one.</summary>
internal static class PolicyTranslator
{
    public static ImmutableArray<DestinationPolicy> Translate(
        ImmutableArray<ConfigObject<DestinationRuleSpec>> rules,
        ServiceCatalog catalog,
        MeshSettings settings,
        Findings findings
    )
    {
        var merged = new List<(ConfigObject<DestinationRuleSpec> First, DestinationPolicy Policy)>();
        foreach (var rule in rules.Order(ConflictOrder.Instance).Cast<ConfigObject<DestinationRuleSpec>>())
        {
            var policy = Translate(rule, catalog, settings, findings);

            // Rules that different clients see cannot be one: each stays for its own clients.
            var at = merged.FindIndex(entry =>
                entry.Policy.Namespace == policy.Namespace
                && entry.Policy.Host == policy.Host
                && entry.Policy.Visibility == policy.Visibility
                && entry.Policy.WorkloadSelector.Equals(policy.WorkloadSelector)
            );
            if (at < 0)
            {
                merged.Add((rule, policy));
            }
            else
            {
                merged[at] = (merged[at].First, Merge(merged[at].First, merged[at].Policy, rule, policy, findings));
            }
        }

        return [.. merged.Select(entry => entry.Policy)];
    }

    // Istio (destination_rule.go): subsets are concatenated, the first top-level policy wins.
    private static DestinationPolicy Merge(
        ConfigObject<DestinationRuleSpec> first,
        DestinationPolicy winner,
        ConfigObject<DestinationRuleSpec> second,
        DestinationPolicy loser,
        Findings findings
    )
    {
        var spec = FieldPath.Root.Field("spec");
        var why = $"{first.Key} ({first.Location}), which {ConflictOrder.Reason(first, second)}";
        if (second.Spec.TrafficPolicy is not null && first.Spec.TrafficPolicy is not null)
        {
            findings.Add(
                TranslationCodes.DuplicatePolicy,
                second,
                spec.Field("trafficPolicy"),
                $"host {winner.Host} already has the policy of {why}; only the subsets of this rule are in force; put both policies into one rule"
            );
        }

        var subsets = winner.Subsets;
        for (var i = 0; i < loser.Subsets.Length; i++)
        {
            if (winner.SubsetNamed(loser.Subsets[i].Name) is null)
            {
                subsets = subsets.Add(loser.Subsets[i]);
                continue;
            }

            findings.Add(
                TranslationCodes.DuplicateSubset,
                second,
                spec.Field("subsets").Index(i).Field("name"),
                $"subset '{loser.Subsets[i].Name}' of {winner.Host} is already defined by {why}; rename it or remove one",
                second.Spec.Subsets[i].Location
            );
        }

        return winner with
        {
            Subsets = subsets,
            Policy = first.Spec.TrafficPolicy is null && winner.Policy == TrafficPolicy.None ? loser.Policy : winner.Policy,
        };
    }

    private static DestinationPolicy Translate(
        ConfigObject<DestinationRuleSpec> rule,
        ServiceCatalog catalog,
        MeshSettings settings,
        Findings findings
    )
    {
        var spec = FieldPath.Root.Field("spec");
        var host = HostNames.Resolve(rule.Spec.Host, rule.Key.Namespace, settings);
        var services = catalog.Services.Where(service => HostPattern.Covers(host, service.Host)).ToList();
        if (services.Count == 0)
        {
            findings.Add(
                TranslationCodes.UnknownRuleHost,
                rule,
                spec.Field("host"),
                $"'{rule.Spec.Host}' means {host}, which is no known service, so the rule has no effect{DestinationTranslator.Hint(rule.Spec.Host, catalog, settings)};"
                    + " write the name of a Service or a host of a ServiceEntry"
            );
        }

        PolicyForceChecks.Check(rule, findings);
        PortPolicyChecks.Check(rule, services, findings);
        var subsets = ImmutableArray.CreateBuilder<Subset>();
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            var subset = rule.Spec.Subsets[i];
            subsets.Add(
                new(
                    subset.Name,
                    new Labels(subset.Labels),
                    TrafficPolicyTranslator.Translate(subset.TrafficPolicy, rule.Spec.Extensions, inherits: true)
                )
            );
        }

        return new(
            rule.Key.Namespace,
            rule.Key.Name,
            host,
            TrafficPolicyTranslator.Translate(rule.Spec.TrafficPolicy, rule.Spec.Extensions, inherits: false),
            subsets.ToImmutable(),
            ExportTo.Resolve(rule.Spec.ExportTo, rule.Key.Namespace),
            new Labels(rule.Spec.WorkloadSelector),
            rule.CreationTimestamp,
            HostNames.Source(rule)
        );
    }
}
