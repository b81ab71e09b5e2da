using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a workload outside of Kubernetes.</summary>
internal static class WorkloadEntryValidator
{
    internal static void Validate(WorkloadEntrySpec spec, FieldPath path, ProblemList problems)
    {
        SharedChecks.Labels(spec.Labels, path.Field("labels"), problems);
        var field = path.Field("address");
        switch (spec.Address)
        {
            case null or "" when string.IsNullOrEmpty(spec.Network):
                problems.Add(
                    DiagnosticCodes.MissingField,
                    field,
                    "is missing; give an IP address, a DNS name or unix:///path, or a network"
                );
                break;
            case { } address when Syntax.IsUnixPath(address):
                if (!spec.Ports.IsEmpty)
                {
                    problems.Add(DiagnosticCodes.InvalidAddress, path.Field("ports"), "cannot be given for a socket path; remove it");
                }
                break;
            case { Length: > 0 } address when !Syntax.IsIp(address) && !Syntax.IsDnsName(address):
                problems.Add(
                    DiagnosticCodes.InvalidAddress,
                    field,
                    $"is \"{address}\", must be an IP address, a DNS name or unix:///path, without a port"
                );
                break;
        }
    }
}
