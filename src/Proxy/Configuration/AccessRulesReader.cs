using System.Collections.Immutable;
using Mesh.Proxy.Security.Authorization;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what the policies of an RBAC filter ask. A thing that is not understood is a problem: leaving it out could allow something.</summary>
internal static class AccessRulesReader
{
    public static AccessRules? Read(Pb.RBAC? rules, string field, ProblemList problems)
    {
        if (rules is null)
        {
            return null;
        }

        using var inRules = problems.In(field);
        var reader = new AccessConditionReader(grants: rules.Action == Pb.RBAC.Types.Action.Allow);
        var policies = ImmutableArray.CreateBuilder<AccessPolicy>();
        foreach (var (name, policy) in rules.Policies)
        {
            using var inPolicy = problems.In($"policies[{name}]");
            if (policy.Condition.Length > 0 || policy.CheckedCondition.Length > 0)
            {
                problems.Add("condition", "is not supported");
            }

            policies.Add(
                new AccessPolicy(
                    name,
                    AllCondition.Of([
                        AnyCondition.Of(All(policy.Permissions, "permissions", reader.Permission, problems)),
                        AnyCondition.Of(All(policy.Principals, "principals", reader.Principal, problems)),
                    ])
                )
            );
        }

        switch (rules.Action)
        {
            case Pb.RBAC.Types.Action.Allow:
                return new AccessRules(AccessAction.Allow, policies.ToImmutable());
            case Pb.RBAC.Types.Action.Deny:
                return new AccessRules(AccessAction.Deny, policies.ToImmutable());
            case Pb.RBAC.Types.Action.Log:
                return new AccessRules(AccessAction.Log, policies.ToImmutable());
            default:
                problems.Add("action", $"{rules.Action} is not supported");
                return null;
        }
    }

    /// <summary>The conditions in a list that must have some.</summary>
    public static IEnumerable<AccessCondition> All<T>(
        IEnumerable<T> messages,
        string field,
        Func<T, ProblemList, AccessCondition> read,
        ProblemList problems
    )
    {
        var conditions = ImmutableArray.CreateBuilder<AccessCondition>();
        foreach (var message in messages)
        {
            using var inMessage = problems.In(field, conditions.Count);
            conditions.Add(read(message, problems));
        }

        if (conditions.Count == 0)
        {
            problems.Add(field, "is empty; give any where it is meant");
        }

        return conditions.ToImmutable();
    }
}
