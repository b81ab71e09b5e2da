using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>The workloads that a security object is for, as labels, in the same way for all its kinds.</summary>
internal static class PolicySelectors
{
    /// <summary>A workload that satisfies one of them is meant; with none, nothing is.</summary>
    public static ImmutableArray<Labels> Of(
        ConfigObject policy,
        ImmutableSortedDictionary<string, string> selector,
        ImmutableArray<TargetRefSpec> targets,
        FrozenDictionary<ObjectKey, ServiceSpec> services,
        Findings findings
    )
    {
        if (targets.IsEmpty)
        {
            return [new Labels(selector)];
        }

        var selectors = ImmutableArray.CreateBuilder<Labels>();
        for (var i = 0; i < targets.Length; i++)
        {
            var target = targets[i];
            var path = FieldPath.Root.Field("spec").Field("targetRefs").Index(i);
            if (target.Kind != Kinds.Service)
            {
                findings.NotInForce(policy, path, $"no {target.Kind} is served, so the policy restricts nothing there", target.Location);
            }
            else if (services.GetValueOrDefault(new(Kinds.Service, policy.Key.Namespace, target.Name)) is not { } service)
            {
                findings.Add(
                    TranslationCodes.UnknownPolicyTarget,
                    policy,
                    path.Field("name"),
                    $"is {target.Name}, and there is no such Service in {policy.Key.Namespace}; the policy restricts nothing there",
                    target.Location
                );
            }
            else if (service.Selector.IsEmpty)
            {
                findings.Add(
                    TranslationCodes.UnknownPolicyTarget,
                    policy,
                    path.Field("name"),
                    $"is {target.Name}, a Service without a selector, of which the mesh does not know the workloads; give the policy a selector instead",
                    target.Location
                );
            }
            else
            {
                selectors.Add(new Labels(service.Selector));
            }
        }

        return selectors.ToImmutable();
    }
}
