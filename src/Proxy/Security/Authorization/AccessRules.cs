using System.Collections.Immutable;

namespace Mesh.Proxy.Security.Authorization;

/// <summary>Policies with one action, asked in the order of their names, so that the same policy is named for the same request.</summary>
internal sealed class AccessRules
{
    private const string None = "none";

    private readonly AccessPolicy[] _policies;

    public AccessRules(AccessAction action, ImmutableArray<AccessPolicy> policies)
    {
        Action = action;
        // Those that never match need not be asked.
        _policies =
        [
            .. policies.Where(policy => policy.Condition != ConstantCondition.Never).OrderBy(policy => policy.Name, StringComparer.Ordinal),
        ];
    }

    /// <summary>Envoy's response code details of what none allows.</summary>
    public static string NothingAllows { get; } = DetailsOf(None);

    public AccessAction Action { get; }

    public ReadOnlySpan<AccessPolicy> Policies => _policies;

    public static string DetailsOf(string policy) => $"rbac_access_denied_matched_policy[{policy}]";

    /// <summary>The policy that matches; null for none. Allocates nothing.</summary>
    public AccessPolicy? Match(in AccessSubject subject)
    {
        foreach (var policy in _policies)
        {
            if (policy.Condition.Holds(subject))
            {
                return policy;
            }
        }

        return null;
    }

    /// <summary>Whether this passes.</summary>
    /// <param name="policy">The one that matched; null for none.</param>
    public bool Allows(in AccessSubject subject, out AccessPolicy? policy)
    {
        policy = Match(subject);
        return Action switch
        {
            AccessAction.Allow => policy is not null,
            AccessAction.Deny => policy is null,
            _ => true,
        };
    }
}
