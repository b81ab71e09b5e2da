using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a Gateway, and ports and TLS of listeners for others.</summary>
internal static class GatewayValidator
{
    private static readonly string[] Protocols =
    [
        "HTTP",
        "HTTPS",
        "GRPC",
        "GRPC-WEB",
        "HTTP2",
        "MONGO",
        "MYSQL",
        "REDIS",
        "TCP",
        "TLS",
        "UDP",
    ];

    internal static void Validate(GatewaySpec spec, FieldPath path, ProblemList problems)
    {
        var servers = path.Field("servers");
        if (spec.Servers.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, servers, "is missing; a gateway has at least one server");
        }
        SharedChecks.Labels(spec.Selector, path.Field("selector"), problems);
        SharedChecks.Unique(spec.Servers.Select(server => server.Name), servers, problems, server => server.Field("name"));
        SharedChecks.Unique(
            spec.Servers.Select(server => server.Port.Name),
            servers,
            problems,
            server => server.Field("port").Field("name")
        );
        for (var i = 0; i < spec.Servers.Length; i++)
        {
            var at = servers.Index(i);
            ValidateServer(spec.Servers[i], at, problems);
            var other = spec.Servers.Take(i).FirstOrDefault(earlier => Clash(earlier, spec.Servers[i]));
            if (other is not null)
            {
                problems.Add(
                    DiagnosticCodes.PortConflict,
                    at.Field("port"),
                    $"is {spec.Servers[i].Port.Number} with protocol {spec.Servers[i].Port.Protocol}, but another server uses it with {other.Port.Protocol}"
                );
            }
        }
    }

    internal static void ValidatePort(PortSpec port, FieldPath path, ProblemList problems)
    {
        if (string.IsNullOrEmpty(port.Protocol))
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("protocol"), $"is missing; give one of {string.Join(", ", Protocols)}");
        }
        else if (!Protocols.Contains(port.Protocol))
        {
            problems.Add(
                DiagnosticCodes.UnknownValue,
                path.Field("protocol"),
                $"is \"{port.Protocol}\", must be one of {string.Join(", ", Protocols)}"
            );
        }
    }

    internal static void ValidateTls(ServerTlsSpec? tls, FieldPath path, ProblemList problems)
    {
        if (tls?.Mode is not { } mode)
        {
            return;
        }
        var secrets = new[] { !string.IsNullOrEmpty(tls.CredentialName), !tls.CredentialNames.IsEmpty, !tls.TlsCertificates.IsEmpty };
        var hasFiles = !string.IsNullOrEmpty(tls.ServerCertificate) || !string.IsNullOrEmpty(tls.PrivateKey);
        if (mode is ServerTlsMode.Passthrough or ServerTlsMode.AutoPassthrough or ServerTlsMode.IstioMutual)
        {
            if (hasFiles || secrets.Any(given => given))
            {
                problems.Add(DiagnosticCodes.InvalidTls, path.Field("mode"), "takes no certificates; remove them, or use SIMPLE or MUTUAL");
            }
            return;
        }
        if (secrets.Count(given => given) + (hasFiles ? 1 : 0) > 1)
        {
            problems.Add(
                DiagnosticCodes.InvalidTls,
                path,
                "has certificates from more than one place; keep one of files, credentialName, credentialNames, tlsCertificates"
            );
        }
        var incomplete = hasFiles && (string.IsNullOrEmpty(tls.ServerCertificate) || string.IsNullOrEmpty(tls.PrivateKey));
        if (incomplete || !(hasFiles || secrets.Any(given => given)))
        {
            problems.Add(DiagnosticCodes.InvalidTls, path, "has no certificate; give credentialName, or serverCertificate and privateKey");
        }
        if (
            mode == ServerTlsMode.Mutual
            && hasFiles
            && string.IsNullOrEmpty(tls.CaCertificates)
            && string.IsNullOrEmpty(tls.CaCertCredentialName)
        )
        {
            problems.Add(
                DiagnosticCodes.InvalidTls,
                path.Field("caCertificates"),
                "is missing; mode MUTUAL needs the authorities that clients are checked with"
            );
        }
        if (tls is { MinProtocolVersion: { } min, MaxProtocolVersion: { } max } && min > max && max != TlsProtocolVersion.Auto)
        {
            problems.Add(DiagnosticCodes.InvalidTls, path.Field("minProtocolVersion"), "is above maxProtocolVersion");
        }
    }

    private static void ValidateServer(ServerSpec server, FieldPath path, ProblemList problems)
    {
        ValidatePort(server.Port, path.Field("port"), problems);
        if (string.IsNullOrEmpty(server.Port.Name))
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("port").Field("name"), "is missing; name the port");
        }
        if (server.Bind is { Length: > 0 } bind && !Syntax.IsIp(bind) && !Syntax.IsUnixPath(bind))
        {
            problems.Add(DiagnosticCodes.InvalidAddress, path.Field("bind"), $"is \"{bind}\", must be an IP address or unix:///path");
        }
        if (server.Hosts.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("hosts"), "is missing; give host, namespace/host or *");
        }
        for (var i = 0; i < server.Hosts.Length; i++)
        {
            if (!IsScopedHost(server.Hosts[i]))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHost,
                    path.Field("hosts").Index(i),
                    $"is \"{server.Hosts[i]}\", must be host or namespace/host, host being a DNS name, *.suffix or *"
                );
            }
        }
        var protocol = server.Port.Protocol;
        if (protocol is "HTTPS" or "TLS" && server.Tls is null)
        {
            problems.Add(DiagnosticCodes.InvalidTls, path.Field("tls"), $"is missing; protocol {protocol} needs TLS settings");
        }
        if (protocol is "HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB" && server.Tls is { Mode: not null })
        {
            problems.Add(
                DiagnosticCodes.InvalidTls,
                path.Field("tls"),
                $"has a mode, but protocol {protocol} is plain text; use HTTPS, or httpsRedirect alone"
            );
        }
        if (protocol is not ("HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB") && server.Tls is { HttpsRedirect: true })
        {
            problems.Add(DiagnosticCodes.InvalidTls, path.Field("tls").Field("httpsRedirect"), "is for plain HTTP ports only");
        }
        ValidateTls(server.Tls, path.Field("tls"), problems);
    }

    private static bool IsScopedHost(string text)
    {
        var parts = text.Split('/');
        var host = parts[^1];
        return parts.Length <= 2
            && (parts.Length == 1 || parts[0] is "." or "*" || Syntax.IsNamespace(parts[0]))
            && (host == "*" || Syntax.IsDnsNameOrWildcard(host) || Syntax.IsIp(host));
    }

    // One socket speaks either plain HTTP, or TLS, or something else.
    private static bool Clash(ServerSpec a, ServerSpec b) =>
        a.Port.Number == b.Port.Number && (a.Bind ?? "") == (b.Bind ?? "") && Family(a.Port.Protocol) != Family(b.Port.Protocol);

    private static string Family(string? protocol) =>
        protocol switch
        {
            "HTTP" or "HTTP2" or "GRPC" or "GRPC-WEB" => "HTTP",
            "HTTPS" or "TLS" => "TLS",
            "UDP" => "UDP",
            _ => "TCP",
        };
}
