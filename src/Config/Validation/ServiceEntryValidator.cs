using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a ServiceEntry: hosts, addresses, ports, and that resolution fits them.</summary>
internal static class ServiceEntryValidator
{
    internal static void Validate(ServiceEntrySpec spec, FieldPath path, ProblemList problems)
    {
        ValidateHosts(spec, path.Field("hosts"), problems);
        SharedChecks.Subnets(spec.Addresses, path.Field("addresses"), problems);
        SharedChecks.Labels(spec.WorkloadSelector, path.Field("workloadSelector").Field("labels"), problems);
        SharedChecks.ExportTo(spec.ExportTo, path.Field("exportTo"), problems);
        ValidatePorts(spec, path.Field("ports"), problems);
        ValidateResolution(spec, path, problems);
        var names = spec.Ports.Select(port => port.Name).ToHashSet();
        for (var i = 0; i < spec.Endpoints.Length; i++)
        {
            var (endpoint, at) = (spec.Endpoints[i], path.Field("endpoints").Index(i));
            WorkloadEntryValidator.Validate(endpoint, at, problems);
            foreach (var name in endpoint.Ports.Keys.Where(name => !names.Contains(name)))
            {
                problems.Add(
                    DiagnosticCodes.UnknownEndpointPort,
                    at.Field("ports").Key(name),
                    $"is for a port {name} that spec.ports does not have"
                );
            }
        }
    }

    private static void ValidateHosts(ServiceEntrySpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.Hosts.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path, "is missing; give at least one host");
        }
        for (var i = 0; i < spec.Hosts.Length; i++)
        {
            if (!Syntax.IsDnsNameOrWildcard(spec.Hosts[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHost,
                    path.Index(i),
                    $"is \"{spec.Hosts[i]}\", must be a DNS name or *.suffix, without scheme or port, and not * alone"
                );
            }
        }
        SharedChecks.Unique(spec.Hosts, path, problems);
    }

    private static void ValidatePorts(ServiceEntrySpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.Ports.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path, "is missing; give at least one port");
        }
        SharedChecks.Unique(spec.Ports.Select(port => port.Name), path, problems, port => port.Field("name"));
        SharedChecks.Unique(spec.Ports.Select(port => $"{port.Number}"), path, problems, port => port.Field("number"));
        for (var i = 0; i < spec.Ports.Length; i++)
        {
            var (port, at) = (spec.Ports[i], path.Index(i));
            if (string.IsNullOrEmpty(port.Name))
            {
                problems.Add(DiagnosticCodes.MissingField, at.Field("name"), "is missing; name the port");
            }
            if (port.Protocol is { Length: > 0 })
            {
                GatewayValidator.ValidatePort(port, at, problems);
            }
            if (spec.Addresses.IsEmpty && port.Protocol is "TCP" && spec.Resolution == ServiceEntryResolution.None)
            {
                problems.Add(
                    DiagnosticCodes.AmbiguousTcpPort,
                    at,
                    $"takes all traffic to port {port.Number}, since TCP carries no host name; give addresses to confine it"
                );
            }
        }
    }

    //                   endpoints                     hosts without endpoints   CIDR addresses
    // NONE              none                          any                       yes
    // STATIC            some, IP or unix              -                         yes
    // DNS               any, IP or name               no wildcard               no
    // DNS_ROUND_ROBIN   at most one, IP or name       no wildcard               no
    // DYNAMIC_DNS       none                          any                       no
    private static void ValidateResolution(ServiceEntrySpec spec, FieldPath path, ProblemList problems)
    {
        var resolution = path.Field("resolution");
        var endpoints = path.Field("endpoints");
        switch (spec.Resolution)
        {
            case ServiceEntryResolution.None or ServiceEntryResolution.DynamicDns when !spec.Endpoints.IsEmpty:
                problems.Add(
                    DiagnosticCodes.ResolutionConflict,
                    endpoints,
                    "cannot be given with this resolution; set resolution to STATIC or DNS"
                );
                break;
            case ServiceEntryResolution.Static:
                if (spec.Endpoints.IsEmpty && spec.WorkloadSelector.IsEmpty)
                {
                    problems.Add(DiagnosticCodes.ResolutionConflict, resolution, "is STATIC, which needs endpoints or a workloadSelector");
                }
                for (var i = 0; i < spec.Endpoints.Length; i++)
                {
                    if (spec.Endpoints[i].Address is { Length: > 0 } address && !Syntax.IsIp(address) && !Syntax.IsUnixPath(address))
                    {
                        problems.Add(
                            DiagnosticCodes.ResolutionConflict,
                            endpoints.Index(i).Field("address"),
                            $"is \"{address}\", must be an IP address or unix:///path with resolution STATIC; use DNS for names"
                        );
                    }
                }
                break;
            case ServiceEntryResolution.Dns or ServiceEntryResolution.DnsRoundRobin:
                ValidateDns(spec, path, problems);
                break;
        }
        if (spec.Resolution is ServiceEntryResolution.None or ServiceEntryResolution.Static)
        {
            return;
        }
        for (var i = 0; i < spec.Addresses.Length; i++)
        {
            if (spec.Addresses[i].Contains('/'))
            {
                problems.Add(
                    DiagnosticCodes.ResolutionConflict,
                    path.Field("addresses").Index(i),
                    "is a CIDR block, which only resolutions NONE and STATIC can have"
                );
            }
        }
    }

    private static void ValidateDns(ServiceEntrySpec spec, FieldPath path, ProblemList problems)
    {
        if (spec.Endpoints.IsEmpty && spec.WorkloadSelector.IsEmpty)
        {
            for (var i = 0; i < spec.Hosts.Length; i++)
            {
                if (spec.Hosts[i].StartsWith('*'))
                {
                    problems.Add(
                        DiagnosticCodes.ResolutionConflict,
                        path.Field("hosts").Index(i),
                        $"is {spec.Hosts[i]}, which DNS cannot look up; give endpoints, or another resolution"
                    );
                }
            }
        }
        if (spec.Resolution == ServiceEntryResolution.DnsRoundRobin && spec.Endpoints.Length > 1)
        {
            problems.Add(
                DiagnosticCodes.ResolutionConflict,
                path.Field("endpoints"),
                "has several elements, at most one is allowed with DNS_ROUND_ROBIN; use DNS"
            );
        }
        for (var i = 0; i < spec.Endpoints.Length; i++)
        {
            if (spec.Endpoints[i].Address is { } address && Syntax.IsUnixPath(address))
            {
                problems.Add(
                    DiagnosticCodes.ResolutionConflict,
                    path.Field("endpoints").Index(i).Field("address"),
                    "is a socket path, which needs resolution STATIC"
                );
            }
        }
    }
}
