using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Translation;

/// <summary>Names every block of a DestinationRule that sidecars do not act on yet; what asks for nothing but what happens anyway is left alone.</summary>
internal sealed class PolicyForceChecks(ConfigObject rule, Findings findings)
{
    public static void Check(ConfigObject<DestinationRuleSpec> rule, Findings findings)
    {
        var checks = new PolicyForceChecks(rule, findings);
        var spec = FieldPath.Root.Field("spec");
        checks.Policy(rule.Spec.TrafficPolicy, spec.Field("trafficPolicy"), rule.Location);
        for (var i = 0; i < rule.Spec.Subsets.Length; i++)
        {
            var subset = rule.Spec.Subsets[i];
            checks.Policy(subset.TrafficPolicy, spec.Field("subsets").Index(i).Field("trafficPolicy"), subset.Location);
        }
    }

    private void Policy(TrafficPolicySpec? policy, FieldPath path, SourceLocation location)
    {
        if (policy is null)
        {
            return;
        }

        Say(policy.Tunnel is not null, path.Field("tunnel"), "connections go straight to the destination", location);
        Say(policy.ProxyProtocol is not null, path.Field("proxyProtocol"), "no PROXY header is sent", location);
        Tls(policy.Tls, path.Field("tls"), location);
        for (var i = 0; i < policy.PortLevelSettings.Length; i++)
        {
            var port = policy.PortLevelSettings[i];
            var at = path.Field("portLevelSettings").Index(i);
            Tls(port.Tls, at.Field("tls"), port.Location);
        }
    }

    private void Tls(ClientTlsSpec? spec, FieldPath path, SourceLocation location) =>
        Say(
            spec is { Mode: not ClientTlsMode.Disable },
            path.Field("mode"),
            "sidecars do not speak TLS to endpoints, and rather than sent in clear, requests are answered 502 and connections closed",
            location
        );

    private void Say(bool written, FieldPath path, string consequence, SourceLocation location)
    {
        if (written)
        {
            findings.NotInForce(rule, path, consequence, location);
        }
    }
}
