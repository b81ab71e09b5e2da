using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks one object for what it alone shows to be wrong; pure, and all problems at once.</summary>
public static class ObjectValidator
{
    /// <summary>Problems of an object; every location is that of the object.</summary>
    public static ImmutableArray<Diagnostic> Validate(ConfigObject subject) => Validate(subject, _ => subject.Location);

    /// <summary>Problems of an object, located by field path.</summary>
    internal static ImmutableArray<Diagnostic> Validate(ConfigObject subject, Func<FieldPath, SourceLocation> locate)
    {
        var problems = new ProblemList(subject.Key, locate);
        var spec = FieldPath.Root.Field("spec");
        ValidateKey(subject.Key, problems);
        switch (subject.Spec)
        {
            case VirtualServiceSpec virtualService:
                VirtualServiceValidator.Validate(virtualService, spec, problems);
                break;
            case DestinationRuleSpec destinationRule:
                DestinationRuleValidator.Validate(destinationRule, spec, problems);
                break;
            case GatewaySpec gateway:
                GatewayValidator.Validate(gateway, spec, problems);
                break;
            case ServiceEntrySpec serviceEntry:
                ServiceEntryValidator.Validate(serviceEntry, spec, problems);
                break;
            case WorkloadEntrySpec workloadEntry:
                WorkloadEntryValidator.Validate(workloadEntry, spec, problems);
                break;
            case SidecarSpec sidecar:
                SidecarValidator.Validate(sidecar, spec, problems);
                break;
            case PeerAuthenticationSpec peers:
                PeerAuthenticationValidator.Validate(peers, spec, problems);
                break;
            case AuthorizationPolicySpec authorization:
                AuthorizationPolicyValidator.Validate(authorization, spec, problems);
                break;
            case RequestAuthenticationSpec authentication:
                RequestAuthenticationValidator.Validate(authentication, spec, problems);
                break;
            case MeshConfigSpec mesh:
                MeshConfigValidator.Validate(mesh, problems);
                break;
            case ServiceSpec service:
                CoreValidator.Validate(service, spec, problems);
                break;
            case EndpointSliceSpec slice:
                CoreValidator.Validate(slice, FieldPath.Root, problems);
                break;
        }
        return problems.ToImmutable();
    }

    private static void ValidateKey(ObjectKey key, ProblemList problems)
    {
        var metadata = FieldPath.Root.Field("metadata");
        if (!Syntax.IsObjectName(key.Name))
        {
            problems.Add(
                DiagnosticCodes.InvalidName,
                metadata.Field("name"),
                $"is \"{key.Name}\", must be made of lower-case letters, digits, - and ., at most 253"
            );
        }
        if (key.Namespace.Length > 0 && !Syntax.IsNamespace(key.Namespace))
        {
            problems.Add(
                DiagnosticCodes.InvalidName,
                metadata.Field("namespace"),
                $"is \"{key.Namespace}\", must be made of lower-case letters, digits and -, at most 63"
            );
        }
    }
}
