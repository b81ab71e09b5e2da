using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds subsets whose labels no endpoint has; apart from the rules, because it alone of them depends on endpoints.</summary>
internal static class SubsetChecks
{
    public static void Check(
        ImmutableArray<ConfigObject<DestinationRuleSpec>> rules,
        ImmutableArray<Service> services,
        MeshSettings settings,
        Findings findings
    )
    {
        var byHost = services.ToLookup(service => service.Host, StringComparer.Ordinal);
        foreach (var rule in rules.Where(rule => !rule.Spec.Subsets.IsEmpty))
        {
            var host = HostNames.Resolve(rule.Spec.Host, rule.Key.Namespace, settings);
            var candidates = (
                HostPattern.IsWildcard(host) ? services.Where(service => HostPattern.Covers(host, service.Host)) : byHost[host]
            )
                .Where(service => service.Resolution != ServiceResolution.OriginalDestination)
                .ToList();

            // Without any endpoint the labels are not to blame.
            var endpoints = candidates.SelectMany(service => service.Endpoints).ToList();
            if (endpoints.Count == 0)
            {
                continue;
            }

            for (var i = 0; i < rule.Spec.Subsets.Length; i++)
            {
                var subset = rule.Spec.Subsets[i];
                var labels = new Labels(subset.Labels);
                if (!endpoints.Exists(endpoint => endpoint.Labels.Satisfies(labels)))
                {
                    findings.Add(
                        TranslationCodes.SubsetSelectsNothing,
                        rule,
                        FieldPath.Root.Field("spec").Field("subsets").Index(i).Field("labels"),
                        $"none of the {endpoints.Count} endpoints of {host} has the labels {labels} of subset '{subset.Name}', so requests to it"
                            + " are answered 503; label the pods, or correct the labels",
                        subset.Location
                    );
                }
            }
        }
    }
}
