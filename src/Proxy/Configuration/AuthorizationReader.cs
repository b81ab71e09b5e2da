using System.Collections.Immutable;
using Mesh.Proxy.Security.Authorization;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: the filters of a chain that decide about access, in their order.</summary>
internal sealed class AuthorizationReader
{
    private const string Finding = "shadow_effective_policy_id";

    private readonly ImmutableArray<AuthorizationStep>.Builder _steps = ImmutableArray.CreateBuilder<AuthorizationStep>();

    // Rules that are only decided, by the name under which a later filter may ask what they found.
    private readonly Dictionary<string, AccessRules> _findings = new(StringComparer.Ordinal);

    private readonly HashSet<AccessRules> _asked = [];

    /// <summary>Null where the chain asks nothing.</summary>
    public AuthorizationPlan? Plan
    {
        get
        {
            // Findings that only the question about a service reads are no policies to be counted.
            ImmutableArray<AuthorizationStep> steps =
            [
                .. _steps.Where(step =>
                    step is not AuthorizationStep.Rules { Enforced: null, DryRun: { } dryRun } || !_asked.Contains(dryRun)
                ),
            ];
            return steps.IsEmpty ? null : new AuthorizationPlan(steps);
        }
    }

    /// <summary>True if it was one of the filters that this reads.</summary>
    public bool TryRead(Pb.HttpFilter filter, ProblemList problems)
    {
        if (PbReading.Is<Pb.HttpRbac.RBAC>(filter.TypedConfig))
        {
            if (PbReading.Unpack<Pb.HttpRbac.RBAC>(filter.TypedConfig, "typed_config", problems) is { } rbac)
            {
                Refuse(rbac.Matcher.Length + rbac.ShadowMatcher.Length > 0, problems);
                Add(rbac.Rules, rbac.ShadowRules, rbac.ShadowRulesStatPrefix, problems);
            }

            return true;
        }

        if (PbReading.Is<Pb.ExtAuthz>(filter.TypedConfig))
        {
            if (PbReading.Unpack<Pb.ExtAuthz>(filter.TypedConfig, "typed_config", problems) is { } ask)
            {
                Ask(ask.FilterEnabledMetadata, ExtensionNames.HttpRbac, ExternalCheckReader.Read(ask, problems), problems);
            }

            return true;
        }

        return false;
    }

    /// <summary>True if it was one of the filters that this reads.</summary>
    public bool TryRead(Pb.Filter filter, ProblemList problems)
    {
        if (PbReading.Is<Pb.NetworkRbac.RBAC>(filter.TypedConfig))
        {
            if (PbReading.Unpack<Pb.NetworkRbac.RBAC>(filter.TypedConfig, "typed_config", problems) is { } rbac)
            {
                Refuse(rbac.Matcher.Length + rbac.ShadowMatcher.Length > 0, problems);
                Add(rbac.Rules, rbac.ShadowRules, rbac.ShadowRulesStatPrefix, problems);
            }

            return true;
        }

        if (PbReading.Is<Pb.NetworkExtAuthz.ExtAuthz>(filter.TypedConfig))
        {
            if (PbReading.Unpack<Pb.NetworkExtAuthz.ExtAuthz>(filter.TypedConfig, "typed_config", problems) is { } ask)
            {
                Ask(ask.FilterEnabledMetadata, ExtensionNames.NetworkRbac, ExternalCheckReader.Read(ask, problems), problems);
            }

            return true;
        }

        return false;
    }

    private static void Refuse(bool hasMatcher, ProblemList problems)
    {
        if (hasMatcher)
        {
            problems.Add("matcher", "is not supported; use rules");
        }
    }

    private void Add(Pb.RBAC? rules, Pb.RBAC? shadow, string prefix, ProblemList problems)
    {
        var enforced = AccessRulesReader.Read(rules, "rules", problems);
        var dryRun = AccessRulesReader.Read(shadow, "shadow_rules", problems);
        if (dryRun is not null)
        {
            _findings[prefix + Finding] = dryRun;
        }

        if (enforced is not null || dryRun is not null)
        {
            _steps.Add(new AuthorizationStep.Rules(enforced, dryRun));
        }
    }

    /// <param name="finder">The filter whose finding <paramref name="enabled"/> may ask for.</param>
    /// <param name="check">Null where it could not be read, which is a problem already.</param>
    private void Ask(Pb.MetadataMatcher? enabled, string finder, ExternalCheck? check, ProblemList problems)
    {
        AccessRules? when = null;
        if (enabled is not null)
        {
            var key = enabled.Path is [{ Key: var only }] ? only : "";
            if (
                enabled.Filter != finder
                || enabled.Invert
                || !_findings.TryGetValue(key, out when)
                || enabled.Value?.StringMatch is not { } match
                || RouteMatchReader.Text(match, problems) is not { } name
            )
            {
                problems.Add(
                    "filter_enabled_metadata",
                    $"must ask for what {finder} before it found, by its shadow_rules_stat_prefix and '{Finding}'"
                );
                return;
            }

            _asked.Add(when);
            // What a matching policy is called decides whether the service is asked.
            when = new AccessRules(
                when.Action,
                [.. when.Policies.ToArray().Where(policy => name.IsMatch(System.Text.Encoding.UTF8.GetBytes(policy.Name)))]
            );
        }

        if (check is not null)
        {
            _steps.Add(new AuthorizationStep.Ask(check, when));
        }
    }
}
