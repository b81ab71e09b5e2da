using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>
/// Finds outlier detection that can eject nobody, because one of so few endpoints is already more than the allowed share; like
/// <see cref="SubsetChecks"/> it depends on endpoints.
/// </summary>
internal static class EjectionChecks
{
    // Istio's default, and Envoy's.
    private const int DefaultPercent = 10;

    public static void Check(
        ImmutableArray<ConfigObject<DestinationRuleSpec>> rules,
        ImmutableArray<Service> services,
        MeshSettings settings,
        Findings findings
    )
    {
        var written = rules.Where(HasDetection).ToList();
        if (written.Count == 0)
        {
            return;
        }

        var byHost = services.ToLookup(service => service.Host, StringComparer.Ordinal);
        foreach (var rule in written)
        {
            // A wildcard is for services of every size.
            var host = HostNames.Resolve(rule.Spec.Host, rule.Key.Namespace, settings);
            if (byHost[host].MaxBy(service => service.Endpoints.Length) is { Endpoints.IsEmpty: false } service)
            {
                Check(rule, service.Endpoints, findings);
            }
        }
    }

    private static void Check(ConfigObject<DestinationRuleSpec> rule, ImmutableArray<ServiceEndpoint> all, Findings findings)
    {
        var spec = FieldPath.Root.Field("spec");
        var general = rule.Spec.TrafficPolicy?.OutlierDetection;
        var inherited = general is not null && EjectsNobody(general, CountOf(all, Labels.Empty));
        Policy(rule, rule.Spec.TrafficPolicy, CountOf(all, Labels.Empty), "the host", spec.Field("trafficPolicy"), rule.Location, findings);
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            var subset = rule.Spec.Subsets[i];
            var count = CountOf(all, new Labels(subset.Labels));
            var path = spec.Field("subsets").Index(i);
            var name = $"subset '{subset.Name}'";
            Policy(rule, subset.TrafficPolicy, count, name, path.Field("trafficPolicy"), subset.Location, findings);
            if (subset.TrafficPolicy?.OutlierDetection is null && general is not null && !inherited)
            {
                // The whole service has enough, and this part of it has not.
                Say(rule, general, count, name, spec.Field("trafficPolicy"), subset.Location, findings);
            }
        }
    }

    // Of the port that has most: each port is a cluster of its own.
    private static int CountOf(ImmutableArray<ServiceEndpoint> all, Labels labels) =>
        all.Where(endpoint => endpoint.Labels.Satisfies(labels))
            .CountBy(endpoint => endpoint.ServicePortNumber)
            .Max(port => (int?)port.Value)
        ?? 0;

    private static void Policy(
        ConfigObject rule,
        TrafficPolicySpec? policy,
        int count,
        string whose,
        FieldPath path,
        SourceLocation location,
        Findings findings
    )
    {
        if (policy is null)
        {
            return;
        }

        Say(rule, policy.OutlierDetection, count, whose, path, location, findings);
        for (var i = 0; i < policy.PortLevelSettings.Length; i++)
        {
            var port = policy.PortLevelSettings[i];
            Say(rule, port.OutlierDetection, count, whose, path.Field("portLevelSettings").Index(i), port.Location, findings);
        }
    }

    private static void Say(
        ConfigObject rule,
        OutlierDetectionSpec? detection,
        int count,
        string whose,
        FieldPath path,
        SourceLocation location,
        Findings findings
    )
    {
        if (detection is null || !EjectsNobody(detection, count))
        {
            return;
        }

        var given = detection.MaxEjectionPercent is { } percent ? $"{percent}" : $"{DefaultPercent}, the default,";
        var enough = (99 + count) / count;
        findings.Add(
            TranslationCodes.EjectsNobody,
            rule,
            path.Field("outlierDetection").Field("maxEjectionPercent"),
            $"is {given} of which {whose} has too few endpoints ({count}): one of them is {100.0 / count:0.#} %, so that none is ever ejected;"
                + $" set {enough} or more",
            location
        );
    }

    private static bool EjectsNobody(OutlierDetectionSpec detection, int count) =>
        count > 0 && (detection.MaxEjectionPercent ?? DefaultPercent) is > 0 and var percent && count * percent < 100;

    private static bool HasDetection(ConfigObject<DestinationRuleSpec> rule) =>
        HasDetection(rule.Spec.TrafficPolicy) || rule.Spec.Subsets.Any(subset => HasDetection(subset.TrafficPolicy));

    private static bool HasDetection(TrafficPolicySpec? policy) =>
        policy is not null
        && (policy.OutlierDetection is not null || policy.PortLevelSettings.Any(port => port.OutlierDetection is not null));
}
