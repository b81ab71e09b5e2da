using Mesh.Proxy.Security.Authorization;
using Mesh.Proxy.Telemetry;

namespace Mesh.Proxy.Connections;

/// <summary>Pure: one filter's rules on one request or connection, with what they found noted in its record. Allocates nothing.</summary>
internal static class AccessDecider
{
    private const string Nothing = "none";

    /// <summary>Envoy's details of the refusal; null where it may pass.</summary>
    public static string? Decide(AuthorizationStep.Rules rules, in AccessSubject subject, RequestRecord record)
    {
        if (rules.DryRun is { } dryRun)
        {
            var allowed = dryRun.Allows(subject, out var policy);
            if (!allowed && record.Access.DryRunDenied is null)
            {
                record.Access = record.Access with { DryRunDenied = policy?.Name ?? Nothing };
            }
            else if (dryRun.Action == AccessAction.Log && policy is not null)
            {
                record.Access = record.Access with { Audited = policy.Name };
            }
        }

        if (rules.Enforced is not { } enforced)
        {
            return null;
        }

        if (enforced.Allows(subject, out var matched))
        {
            if (enforced.Action == AccessAction.Log && matched is not null)
            {
                record.Access = record.Access with { Audited = matched.Name };
            }

            return null;
        }

        record.Access = record.Access with { Denied = matched?.Name ?? Nothing };
        return matched?.Details ?? AccessRules.NothingAllows;
    }
}
