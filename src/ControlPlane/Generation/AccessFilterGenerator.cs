using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The filters that hold policies about access, in Istio's order: what providers are asked, what is noted, what is refused, what is allowed.
/// </summary>
internal static class AccessFilterGenerator
{
    // Istio's names of what would have been decided.
    private const string DryRunDeny = "istio_dry_run_deny_";
    private const string DryRunAllow = "istio_dry_run_allow_";
    private const string TcpStatPrefix = "tcp.";

    public static IEnumerable<Pb.HttpFilter> Http(InboundAccess access) =>
        Sets(access, http: true).SelectMany(set => set.Provider is null ? [Rbac(set)] : Asking(set, set.Provider));

    public static IEnumerable<Pb.Filter> Tcp(InboundAccess access) =>
        Sets(access, http: false)
            .Select(set =>
                XdsMessages.Filter(
                    ExtensionNames.NetworkRbac,
                    new Pb.NetworkRbac.RBAC
                    {
                        StatPrefix = TcpStatPrefix,
                        Rules = set.Rules,
                        ShadowRules = set.DryRun,
                        ShadowRulesStatPrefix = set.DryRunPrefix,
                    }
                )
            );

    private static IEnumerable<RuleSet> Sets(InboundAccess access, bool http)
    {
        var byAction = access.Policies.ToLookup(policy => policy.Action);
        // Who only wants to know what would be asked asks nobody.
        foreach (var group in byAction[AccessAction.Custom].Where(policy => !policy.DryRun).GroupBy(policy => policy.Provider))
        {
            // Connections are not shown to providers, and a provider that is not there can say nothing: what it would be asked about is refused.
            var provider = http ? access.Provider(group.Key) : null;
            var rules = AccessRuleGenerator.Rules(group, Pb.RBAC.Types.Action.Deny, http, access.TrustDomain);
            yield return new RuleSet(rules, null, "") { Provider = provider };
        }

        foreach (var action in (AccessAction[])[AccessAction.Audit, AccessAction.Deny, AccessAction.Allow])
        {
            var policies = byAction[action].Where(policy => !(policy.IsRefused && policy.DryRun)).ToLookup(policy => policy.DryRun);
            if (policies.Count == 0)
            {
                continue;
            }

            var does = action switch
            {
                AccessAction.Audit => Pb.RBAC.Types.Action.Log,
                AccessAction.Deny => Pb.RBAC.Types.Action.Deny,
                _ => Pb.RBAC.Types.Action.Allow,
            };
            Pb.RBAC? Of(bool dryRun) =>
                policies.Contains(dryRun) ? AccessRuleGenerator.Rules(policies[dryRun], does, http, access.TrustDomain) : null;
            var dryRun = Of(true);
            yield return new RuleSet(
                Of(false),
                dryRun,
                dryRun is null ? ""
                    : action == AccessAction.Allow ? DryRunAllow
                    : DryRunDeny
            );
        }
    }

    private static Pb.HttpFilter Rbac(RuleSet set) =>
        new()
        {
            Name = ExtensionNames.HttpRbac,
            TypedConfig = Any.Pack(
                new Pb.HttpRbac.RBAC
                {
                    Rules = set.Rules,
                    ShadowRules = set.DryRun,
                    ShadowRulesStatPrefix = set.DryRunPrefix,
                }
            ),
        };

    // The rules only say which requests the provider is asked about: they are a shadow whose finding the second filter reads.
    private static Pb.HttpFilter[] Asking(RuleSet set, AccessProvider provider)
    {
        var prefix = $"istio_ext_authz_{provider.Name}_";
        return
        [
            Rbac(new RuleSet(null, set.Rules, prefix)),
            new()
            {
                Name = ExtensionNames.ExtAuthz,
                TypedConfig = Any.Pack(AccessProviderGenerator.Generate(provider, prefix + "shadow_effective_policy_id")),
            },
        ];
    }

    private sealed record RuleSet(Pb.RBAC? Rules, Pb.RBAC? DryRun, string DryRunPrefix)
    {
        public AccessProvider? Provider { get; init; }
    }
}
