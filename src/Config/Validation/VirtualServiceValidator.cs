using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Validation;

/// <summary>Checks a VirtualService: hosts, delegation, rules.</summary>
internal static class VirtualServiceValidator
{
    internal static void Validate(VirtualServiceSpec spec, FieldPath path, ProblemList problems)
    {
        var isDelegate = spec.Hosts.IsEmpty;
        if (isDelegate)
        {
            ValidateDelegate(spec, path, problems);
        }
        else if (spec.Http.IsEmpty && spec.Tls.IsEmpty && spec.Tcp.IsEmpty)
        {
            problems.Add(DiagnosticCodes.NoAction, path, "has no rules; give http, tls or tcp");
        }
        ValidateHosts(spec, path.Field("hosts"), problems);
        SharedChecks.GatewayNames(spec.Gateways, path.Field("gateways"), problems);
        SharedChecks.ExportTo(spec.ExportTo, path.Field("exportTo"), problems);
        for (var i = 0; i < spec.Http.Length; i++)
        {
            HttpRouteValidator.Validate(spec.Http[i], path.Field("http").Index(i), problems);
        }
        for (var i = 0; i < spec.Tls.Length; i++)
        {
            ValidateTls(spec, spec.Tls[i], path.Field("tls").Index(i), problems);
        }
        for (var i = 0; i < spec.Tcp.Length; i++)
        {
            ValidateTcp(spec.Tcp[i], path.Field("tcp").Index(i), problems);
        }
    }

    private static void ValidateDelegate(VirtualServiceSpec spec, FieldPath path, ProblemList problems)
    {
        const string Hint = " (hint: it has no hosts, which makes it a delegate; give hosts if it is none)";
        if (spec.Http.IsEmpty)
        {
            problems.Add(DiagnosticCodes.NoAction, path, "has no http rules to delegate to" + Hint);
        }
        foreach (
            var (name, given) in new[] { ("gateways", !spec.Gateways.IsEmpty), ("tls", !spec.Tls.IsEmpty), ("tcp", !spec.Tcp.IsEmpty) }
        )
        {
            if (given)
            {
                problems.Add(DiagnosticCodes.DelegateConflict, path.Field(name), "cannot be given by a delegate; remove it" + Hint);
            }
        }
        for (var i = 0; i < spec.Http.Length; i++)
        {
            if (spec.Http[i].Delegate is not null)
            {
                var field = path.Field("http").Index(i).Field("delegate");
                problems.Add(DiagnosticCodes.DelegateConflict, field, "delegates further; delegation has one level" + Hint);
            }
        }
    }

    private static void ValidateHosts(VirtualServiceSpec spec, FieldPath path, ProblemList problems)
    {
        var inMesh = spec.Gateways.IsEmpty || spec.Gateways.Contains("mesh");
        for (var i = 0; i < spec.Hosts.Length; i++)
        {
            var host = spec.Hosts[i];
            if (host == "*")
            {
                if (inMesh)
                {
                    problems.Add(
                        DiagnosticCodes.WildcardHostInMesh,
                        path.Index(i),
                        "is *, which sidecars of the mesh cannot use; name the hosts, or bind it to gateways only"
                    );
                }
            }
            else if (!Syntax.IsDnsNameOrWildcard(host) && !Syntax.IsIp(host))
            {
                problems.Add(
                    DiagnosticCodes.InvalidHost,
                    path.Index(i),
                    $"is \"{host}\", must be a DNS name, *.suffix or an IP address, without scheme, port or path"
                );
            }
        }
        for (var i = 0; i < spec.Hosts.Length; i++)
        {
            for (var j = 0; j < spec.Hosts.Length; j++)
            {
                if (i != j && Syntax.Covers(spec.Hosts[j], spec.Hosts[i]) && (j < i || !Syntax.Covers(spec.Hosts[i], spec.Hosts[j])))
                {
                    problems.Add(
                        DiagnosticCodes.OverlappingHosts,
                        path.Index(i),
                        $"is {spec.Hosts[i]}, which {spec.Hosts[j]} covers already; remove one of them"
                    );
                    break;
                }
            }
        }
    }

    private static void ValidateTls(VirtualServiceSpec spec, TlsRouteSpec rule, FieldPath path, ProblemList problems)
    {
        if (rule.Match.IsEmpty)
        {
            problems.Add(DiagnosticCodes.MissingField, path.Field("match"), "is missing; a TLS rule needs a match with sniHosts");
        }
        for (var i = 0; i < rule.Match.Length; i++)
        {
            var (match, at) = (rule.Match[i], path.Field("match").Index(i));
            if (match.SniHosts.IsEmpty)
            {
                problems.Add(DiagnosticCodes.MissingField, at.Field("sniHosts"), "is missing; name the servers that the rule is for");
            }
            for (var j = 0; j < match.SniHosts.Length; j++)
            {
                ValidateSni(spec.Hosts, match.SniHosts[j], at.Field("sniHosts").Index(j), problems);
            }
            SharedChecks.Subnets(match.DestinationSubnets, at.Field("destinationSubnets"), problems);
            SharedChecks.Labels(match.SourceLabels, at.Field("sourceLabels"), problems);
            SharedChecks.GatewayNames(match.Gateways, at.Field("gateways"), problems);
        }
        ValidateL4Route(rule.Route, path, problems);
    }

    private static void ValidateSni(ImmutableArray<string> hosts, string sni, FieldPath path, ProblemList problems)
    {
        if (sni != "*" && !Syntax.IsDnsNameOrWildcard(sni))
        {
            problems.Add(DiagnosticCodes.InvalidHost, path, $"is \"{sni}\", must be a DNS name or *.suffix");
        }
        else if (!hosts.Any(host => Syntax.Covers(host, sni)))
        {
            problems.Add(DiagnosticCodes.SniNotCovered, path, $"is {sni}, which none of hosts covers; add it to spec.hosts");
        }
    }

    private static void ValidateTcp(TcpRouteSpec rule, FieldPath path, ProblemList problems)
    {
        for (var i = 0; i < rule.Match.Length; i++)
        {
            var (match, at) = (rule.Match[i], path.Field("match").Index(i));
            SharedChecks.Subnets(match.DestinationSubnets, at.Field("destinationSubnets"), problems);
            SharedChecks.Labels(match.SourceLabels, at.Field("sourceLabels"), problems);
            SharedChecks.GatewayNames(match.Gateways, at.Field("gateways"), problems);
        }
        ValidateL4Route(rule.Route, path, problems);
    }

    private static void ValidateL4Route(ImmutableArray<L4DestinationSpec> route, FieldPath rule, ProblemList problems)
    {
        var path = rule.Field("route");
        if (route.IsEmpty)
        {
            problems.Add(DiagnosticCodes.NoAction, rule, "has no route; say where connections go");
        }
        for (var i = 0; i < route.Length; i++)
        {
            SharedChecks.Destination(route[i].Destination, path.Index(i).Field("destination"), problems);
        }
        SharedChecks.Weights(route.Select(destination => destination.Weight), path, problems);
    }
}
