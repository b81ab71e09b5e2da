using System.Globalization;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a PeerAuthentication.</summary>
internal static class PeerAuthenticationValidator
{
    internal static void Validate(PeerAuthenticationSpec spec, FieldPath path, ProblemList problems)
    {
        SecurityScopeValidator.Validate(spec.Selector, [], path, problems);
        if (spec.Selector.IsEmpty && !spec.PortLevelMtls.IsEmpty)
        {
            problems.Add(
                DiagnosticCodes.ConflictingFields,
                path.Field("portLevelMtls"),
                "cannot be given without selector.matchLabels; ports are those of workloads, so select the workloads, or use mtls for all ports"
            );
        }
        foreach (var port in spec.PortLevelMtls.Keys)
        {
            if (!(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535))
            {
                problems.Add(
                    DiagnosticCodes.InvalidPort,
                    path.Field("portLevelMtls").Field(port),
                    $"is for port \"{port}\", must be a number between 1 and 65535"
                );
            }
        }
    }
}
