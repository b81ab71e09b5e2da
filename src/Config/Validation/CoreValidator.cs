using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks Kubernetes' own kinds for what would make wrong endpoints; the API server has checked the rest.</summary>
internal static class CoreValidator
{
    private static readonly string[] AddressTypes = ["IPv4", "IPv6", "FQDN"];

    internal static void Validate(ServiceSpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.Type == "ExternalName" && !(spec.ExternalName is { } name && (Syntax.IsDnsName(name) || Syntax.IsIp(name))))
        {
            problems.Add(
                DiagnosticCodes.InvalidHost,
                path.Field("externalName"),
                $"is \"{spec.ExternalName}\", must be a DNS name for type ExternalName"
            );
        }
        for (var i = 0; i < spec.ClusterIPs.Length; i++)
        {
            if (!Syntax.IsIp(spec.ClusterIPs[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidAddress,
                    path.Field("clusterIPs").Index(i),
                    $"is \"{spec.ClusterIPs[i]}\", must be an IP address or None"
                );
            }
        }
        SharedChecks.Unique(spec.Ports.Select(port => port.Name), path.Field("ports"), problems, port => port.Field("name"));
        SharedChecks.Unique(
            spec.Ports.Select(port => $"{port.Protocol} {port.Port}"),
            path.Field("ports"),
            problems,
            port => port.Field("port")
        );
    }

    internal static void Validate(EndpointSliceSpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.AddressType.Length > 0 && !AddressTypes.Contains(spec.AddressType))
        {
            problems.Add(
                DiagnosticCodes.UnknownValue,
                path.Field("addressType"),
                $"is \"{spec.AddressType}\", must be one of {string.Join(", ", AddressTypes)}"
            );
        }
        for (var i = 0; i < spec.Endpoints.Length; i++)
        {
            var addresses = path.Field("endpoints").Index(i).Field("addresses");
            for (var j = 0; j < spec.Endpoints[i].Addresses.Length; j++)
            {
                var address = spec.Endpoints[i].Addresses[j];
                var valid = spec.AddressType switch
                {
                    "IPv4" => Syntax.IsIp(address) && !address.Contains(':'),
                    "IPv6" => Syntax.IsIp(address) && address.Contains(':'),
                    "FQDN" => Syntax.IsDnsName(address),
                    _ => true,
                };
                if (!valid)
                {
                    problems.Add(
                        DiagnosticCodes.InvalidAddress,
                        addresses.Index(j),
                        $"is \"{address}\", must be of type {spec.AddressType}"
                    );
                }
            }
        }
    }
}
