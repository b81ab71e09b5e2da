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
        Tls(policy.Tls, path.Field("tls"), location);
        for (var i = 0; i < policy.PortLevelSettings.Length; i++)
        {
            Tls(
                policy.PortLevelSettings[i].Tls,
                path.Field("portLevelSettings").Index(i).Field("tls"),
                policy.PortLevelSettings[i].Location
            );
        }

        Say(policy.ProxyProtocol is not null, path.Field("proxyProtocol"), "no PROXY header is sent", location);
    }

    private void Tls(ClientTlsSpec? spec, FieldPath path, SourceLocation location)
    {
        const string Fails = "rather than sent with less than was asked for, requests are answered 502 and connections closed";
        Say(spec?.CredentialName is not null, path.Field("credentialName"), $"sidecars read certificates from files; {Fails}", location);
    }

    private void Say(bool written, FieldPath path, string consequence, SourceLocation location)
    {
        if (written)
        {
            findings.NotInForce(rule, path, consequence, location);
        }
    }
}
