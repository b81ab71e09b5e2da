using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks which workloads a security object is for.</summary>
internal static class SecurityScopeValidator
{
    private static readonly (string Group, string Kind)[] Targets =
    [
        ("", "Service"),
        ("networking.istio.io", "ServiceEntry"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "GatewayClass"),
    ];

    internal static void Validate(
        ImmutableSortedDictionary<string, string> selector,
        ImmutableArray<TargetRefSpec> targets,
        FieldPath path,
        ProblemList problems
    )
    {
        SharedChecks.Labels(selector, path.Field("selector").Field("matchLabels"), problems);
        for (var i = 0; i < targets.Length; i++)
        {
            Validate(targets[i], path.Field("targetRefs").Index(i), problems);
        }
    }

    private static void Validate(TargetRefSpec target, FieldPath path, ProblemList problems)
    {
        if (target.Kind.Length > 0 && !Targets.Contains((target.Group == "core" ? "" : target.Group, target.Kind)))
        {
            problems.Add(
                DiagnosticCodes.UnknownValue,
                path.Field("kind"),
                $"is {target.Kind} of the group \"{target.Group}\", must be Service, ServiceEntry (networking.istio.io), Gateway or GatewayClass"
                    + " (gateway.networking.k8s.io)"
            );
        }
        if (target.Name.Length > 0 && !Syntax.IsObjectName(target.Name))
        {
            problems.Add(DiagnosticCodes.InvalidName, path.Field("name"), $"is \"{target.Name}\", must be the name of an object");
        }
        if (!string.IsNullOrEmpty(target.Namespace))
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("namespace"),
                "cannot be given; a policy is attached to objects of its own namespace, so remove it"
            );
        }
    }
}
