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

    // Envoy's name of the policy that a shadow found.
    private const string Finding = "shadow_effective_policy_id";

    public static IEnumerable<Pb.HttpFilter> Http(InboundAccess access) =>
        Sets(access, http: true).SelectMany(set => set.Provider is null ? [Rbac(set)] : Asking(set, set.Provider));

    public static IEnumerable<Pb.Filter> Tcp(InboundAccess access) =>
        Sets(access, http: false).SelectMany(set => set.Provider is null ? [NetworkRbac(set)] : NetworkAsking(set, set.Provider));

    private static IEnumerable<RuleSet> Sets(InboundAccess access, bool http)
    {
        var byAction = access.Policies.ToLookup(policy => policy.Action);
        // Who only wants to know what would be asked asks nobody.
        foreach (var group in byAction[AccessAction.Custom].Where(policy => !policy.DryRun).GroupBy(policy => policy.Provider))
        {
            // Over HTTP nobody can be asked about connections, and a provider that is not there can say nothing: what it would be asked about is refused.
            var provider = access.Provider(group.Key) is { } known && (http || !known.Http) ? known : null;
            var rules = AccessRuleGenerator.Rules(group, Pb.RBAC.Types.Action.Deny, http, access.TrustDomains);
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
                policies.Contains(dryRun) ? AccessRuleGenerator.Rules(policies[dryRun], does, http, access.TrustDomains) : null;
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
        var prefix = PrefixOf(provider);
        return
        [
            Rbac(new RuleSet(null, set.Rules, prefix)),
            new() { Name = ExtensionNames.ExtAuthz, TypedConfig = Any.Pack(AccessProviderGenerator.Generate(provider, prefix + Finding)) },
        ];
    }

    private static Pb.Filter[] NetworkAsking(RuleSet set, AccessProvider provider)
    {
        var prefix = PrefixOf(provider);
        return
        [
            NetworkRbac(new RuleSet(null, set.Rules, prefix)),
            XdsMessages.Filter(ExtensionNames.NetworkExtAuthz, AccessProviderGenerator.GenerateForConnections(provider, prefix + Finding)),
        ];
    }

    private static Pb.Filter NetworkRbac(RuleSet set) =>
        XdsMessages.Filter(
            ExtensionNames.NetworkRbac,
            new Pb.NetworkRbac.RBAC
            {
                StatPrefix = TcpStatPrefix,
                Rules = set.Rules,
                ShadowRules = set.DryRun,
                ShadowRulesStatPrefix = set.DryRunPrefix,
            }
        );

    private static string PrefixOf(AccessProvider provider) => $"istio_ext_authz_{provider.Name}_";

    private sealed record RuleSet(Pb.RBAC? Rules, Pb.RBAC? DryRun, string DryRunPrefix)
    {
        public AccessProvider? Provider { get; init; }
    }
}
