using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a Sidecar: its listeners and what it imports.</summary>
internal static class SidecarValidator
{
    internal static void Validate(SidecarSpec spec, FieldPath path, ProblemList problems)
    {
        if (spec is { Ingress.IsEmpty: true, Egress.IsEmpty: true, OutboundTrafficPolicy: null, InboundConnectionPool: null })
        {
            problems.Add(
                DiagnosticCodes.EmptyPolicy,
                path,
                "sets nothing; give egress, ingress, outboundTrafficPolicy or inboundConnectionPool"
            );
        }
        SharedChecks.Labels(spec.WorkloadSelector, path.Field("workloadSelector").Field("labels"), problems);
        TrafficPolicyValidator.Validate(spec.InboundConnectionPool, path.Field("inboundConnectionPool"), problems);
        var ingress = path.Field("ingress");
        SharedChecks.Unique(
            spec.Ingress.Select(listener => $"{listener.Port.Number}"),
            ingress,
            problems,
            listener => listener.Field("port")
        );
        for (var i = 0; i < spec.Ingress.Length; i++)
        {
            ValidateIngress(spec.Ingress[i], ingress.Index(i), problems);
        }
        for (var i = 0; i < spec.Egress.Length; i++)
        {
            ValidateEgress(spec, i, path.Field("egress").Index(i), problems);
        }
        if (spec.OutboundTrafficPolicy?.EgressProxy is { } proxy)
        {
            var at = path.Field("outboundTrafficPolicy").Field("egressProxy");
            SharedChecks.Destination(proxy, at, problems);
            if (spec.OutboundTrafficPolicy.Mode == OutboundTrafficMode.RegistryOnly)
            {
                problems.Add(
                    DiagnosticCodes.IneffectiveSetting,
                    at,
                    "has no effect with mode REGISTRY_ONLY, which refuses unknown destinations"
                );
            }
        }
    }

    private static void ValidateIngress(SidecarIngressSpec listener, FieldPath path, ProblemList problems)
    {
        GatewayValidator.ValidatePort(listener.Port, path.Field("port"), problems);
        ValidateBind(listener.Bind, path, problems);
        TrafficPolicyValidator.Validate(listener.ConnectionPool, path.Field("connectionPool"), problems);
        if (listener.DefaultEndpoint is { Length: > 0 } endpoint && !IsDefaultEndpoint(endpoint))
        {
            problems.Add(
                DiagnosticCodes.InvalidListener,
                path.Field("defaultEndpoint"),
                $"is \"{endpoint}\", must be 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///path"
            );
        }
        if (listener.Tls is { Mode: not (ServerTlsMode.Simple or ServerTlsMode.Mutual or ServerTlsMode.OptionalMutual) })
        {
            problems.Add(
                DiagnosticCodes.InvalidTls,
                path.Field("tls").Field("mode"),
                "must be SIMPLE, MUTUAL or OPTIONAL_MUTUAL in a sidecar"
            );
        }
        GatewayValidator.ValidateTls(listener.Tls, path.Field("tls"), problems);
    }

    private static void ValidateEgress(SidecarSpec spec, int index, FieldPath path, ProblemList problems)
    {
        var listener = spec.Egress[index];
        ValidateBind(listener.Bind, path, problems);
        if (listener.Port is { } port)
        {
            GatewayValidator.ValidatePort(port, path.Field("port"), problems);
        }
        else
        {
            if (!string.IsNullOrEmpty(listener.Bind))
            {
                problems.Add(DiagnosticCodes.InvalidListener, path.Field("bind"), "cannot be given without a port; give port too");
            }
            if (index < spec.Egress.Length - 1)
            {
                problems.Add(
                    DiagnosticCodes.InvalidListener,
                    path,
                    "has no port, so it takes every port; it must be the last of egress, and the only such one"
                );
            }
        }
        if (listener.Hosts.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("hosts"), "is missing; give namespace/host, for example ./* or */*");
        }
        for (var i = 0; i < listener.Hosts.Length; i++)
        {
            if (!IsImport(listener.Hosts[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHost,
                    path.Field("hosts").Index(i),
                    $"is \"{listener.Hosts[i]}\", must be namespace/host; namespace may be *, . or ~, host may be * or *.suffix"
                );
            }
        }
        SharedChecks.Unique(listener.Hosts, path.Field("hosts"), problems);
    }

    private static void ValidateBind(string? bind, FieldPath path, ProblemList problems)
    {
        if (bind is { Length: > 0 } && !Syntax.IsIp(bind) && !Syntax.IsUnixPath(bind))
        {
            problems.Add(DiagnosticCodes.InvalidListener, path.Field("bind"), $"is \"{bind}\", must be an IP address or unix:///path");
        }
    }

    private static bool IsDefaultEndpoint(string text)
    {
        var colon = text.LastIndexOf(':');
        return Syntax.IsUnixPath(text)
            || (
                colon > 0
                && text[..colon] is "127.0.0.1" or "0.0.0.0" or "[::1]" or "[::]"
                && int.TryParse(text.AsSpan(colon + 1), out var port)
                && port is >= 1 and <= 65535
            );
    }

    private static bool IsImport(string text)
    {
        var parts = text.Split('/');
        return parts.Length == 2
            && (parts[0] is "*" or "." or "~" || Syntax.IsNamespace(parts[0]))
            && (parts[1] == "*" || Syntax.IsDnsNameOrWildcard(parts[1]));
    }
}
