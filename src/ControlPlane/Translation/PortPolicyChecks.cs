using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Translation;

/// <summary>Finds settings that a port loses because it has a policy of its own: that one replaces the others whole (A.3 of Istio's semantics).</summary>
internal static class PortPolicyChecks
{
    public static void Check(ConfigObject<DestinationRuleSpec> rule, Findings findings)
    {
        var spec = FieldPath.Root.Field("spec");
        Check(rule, rule.Spec.TrafficPolicy, spec.Field("trafficPolicy"), findings);
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            Check(rule, rule.Spec.Subsets[i].TrafficPolicy, spec.Field("subsets").Index(i).Field("trafficPolicy"), findings);
        }
    }

    private static void Check(ConfigObject rule, TrafficPolicySpec? policy, FieldPath path, Findings findings)
    {
        for (var i = 0; i < (policy?.PortLevelSettings.Length ?? 0); i++)
        {
            var port = policy!.PortLevelSettings[i];
            var lost = new[]
            {
                (Name: "loadBalancer", Lost: policy.LoadBalancer is not null && port.LoadBalancer is null),
                (Name: "connectionPool", Lost: policy.ConnectionPool is not null && port.ConnectionPool is null),
                (Name: "outlierDetection", Lost: policy.OutlierDetection is not null && port.OutlierDetection is null),
                (Name: "tls", Lost: policy.Tls is not null && port.Tls is null),
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
                    $"a port's own settings replace all others, so {string.Join(", ", lost)} of {path} {(lost.Count == 1 ? "does" : "do")} not hold"
                        + $" at port {port.Port}; repeat what should hold there",
                    port.Location
                );
            }
        }
    }
}
