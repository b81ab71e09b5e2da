using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds settings that a port loses because it has a policy of its own: that one replaces the others whole (A.3 of Istio's semantics).</summary>
internal static class PortPolicyChecks
{
    /// <param name="services">Those that the rule is for.</param>
    public static void Check(ConfigObject<DestinationRuleSpec> rule, IReadOnlyCollection<Service> services, Findings findings)
    {
        var spec = FieldPath.Root.Field("spec");
        Unknown(rule, services, rule.Spec.TrafficPolicy, spec.Field("trafficPolicy"), findings);
        Check(rule, null, rule.Spec.TrafficPolicy, spec.Field("trafficPolicy"), findings);
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            var subset = rule.Spec.Subsets[i].TrafficPolicy;
            Unknown(rule, services, subset, spec.Field("subsets").Index(i).Field("trafficPolicy"), findings);
            Check(rule, rule.Spec.TrafficPolicy, subset, spec.Field("subsets").Index(i).Field("trafficPolicy"), findings);
        }
    }

    // The usual mistake is the port of the container instead of the service's.
    private static void Unknown(
        ConfigObject rule,
        IReadOnlyCollection<Service> services,
        TrafficPolicySpec? policy,
        FieldPath path,
        Findings findings
    )
    {
        for (var i = 0; i < (services.Count == 0 ? 0 : policy?.PortLevelSettings.Length ?? 0); i++)
        {
            var port = policy!.PortLevelSettings[i];
            if (services.Any(service => service.Ports.Any(other => other.Number == port.Port)))
            {
                continue;
            }

            var known = services.SelectMany(service => service.Ports).Select(other => other.Number).Distinct().Order();
            findings.Add(
                TranslationCodes.UnknownPolicyPort,
                rule,
                path.Field("portLevelSettings").Index(i).Field("port").Field("number"),
                $"no service that the rule is for has port {port.Port} (known: {string.Join(", ", known)}), so these settings have no effect;"
                    + " write the port of the Service, not of the container",
                port.Location
            );
        }
    }

    /// <param name="general">What a subset would inherit.</param>
    private static void Check(ConfigObject rule, TrafficPolicySpec? general, TrafficPolicySpec? policy, FieldPath path, Findings findings)
    {
        for (var i = 0; i < (policy?.PortLevelSettings.Length ?? 0); i++)
        {
            var port = policy!.PortLevelSettings[i];
            // A port of the rule itself has said already what it loses.
            var inherited = general?.PortLevelSettings.Any(other => other.Port == port.Port) == true ? null : general;
            var lost = new[]
            {
                (Name: "loadBalancer", Lost: (policy.LoadBalancer ?? inherited?.LoadBalancer) is not null && port.LoadBalancer is null),
                (
                    Name: "connectionPool",
                    Lost: (policy.ConnectionPool ?? inherited?.ConnectionPool) is not null && port.ConnectionPool is null
                ),
                (
                    Name: "outlierDetection",
                    Lost: (policy.OutlierDetection ?? inherited?.OutlierDetection) is not null && port.OutlierDetection is null
                ),
                (Name: "tls", Lost: (policy.Tls ?? inherited?.Tls) is not null && port.Tls is null),
            }
                .Where(block => block.Lost)
                .Select(block => block.Name)
                .ToList();
            if (lost.Count > 0)
            {
                findings.Add(
                    TranslationCodes.PortPolicyDropsSettings,
                    rule,
                    path.Field("portLevelSettings").Index(i),
                    $"a port's own settings replace all others, so {string.Join(", ", lost)} of {(inherited is null ? "" : "the rule and ")}{path} {(lost.Count == 1 ? "does" : "do")} not hold"
                        + $" at port {port.Port}; repeat what should hold there",
                    port.Location
                );
            }
        }
    }
}
