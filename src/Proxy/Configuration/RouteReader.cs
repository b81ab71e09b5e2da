using System.Collections.Immutable;
using Mesh.Proxy.Routing;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// Pure: a RouteConfiguration as a table whose destinations have names but no clusters yet; <see cref="RouteBinder"/> adds those.
/// So regexes are compiled once per version of a resource, and not again when an endpoint changes.
/// </summary>
internal static class RouteReader
{
    public static RouteTable Read(Pb.RouteConfiguration config, string version, ProblemList problems)
    {
        var requestEdits = HeaderEditReader.Read(config.RequestHeadersToAdd, config.RequestHeadersToRemove, "request_headers", problems);
        var responseEdits = HeaderEditReader.Read(
            config.ResponseHeadersToAdd,
            config.ResponseHeadersToRemove,
            "response_headers",
            problems
        );
        if (config.Vhds is not null)
        {
            problems.Note("vhds", "is not supported; only the virtual hosts in the resource are known");
        }

        var hosts = ImmutableArray.CreateBuilder<VirtualHost>(config.VirtualHosts.Count);
        for (var i = 0; i < config.VirtualHosts.Count; i++)
        {
            using var inHost = problems.In("virtual_hosts", i);
            hosts.Add(Host(config.VirtualHosts[i], requestEdits, responseEdits, problems));
        }

        var all = hosts.ToImmutable();
        if (RouteTable.FirstDuplicateDomain(all) is { } domain)
        {
            problems.Add("virtual_hosts", $"the domain '{domain}' is claimed twice");
        }

        return RouteTable.Create(config.Name, version, all, config.IgnorePortInHostMatching);
    }

    public static IEnumerable<ResourceRef> References(RouteTable table) =>
        from host in table.VirtualHosts
        from rule in host.Rules
        let forward = rule.Action as RuleAction.Forward
        where forward is not null
        from cluster in forward
            .Destinations.Destinations.Select(destination => destination.ClusterName)
            .Concat(forward.Mirrors.Select(mirror => mirror.ClusterName))
        select new ResourceRef(TypeUrls.Cluster, cluster);

    private static VirtualHost Host(Pb.VirtualHost host, HeaderEdits requestEdits, HeaderEdits responseEdits, ProblemList problems)
    {
        if (host.Domains.Count == 0)
        {
            problems.Add("domains", $"virtual host '{host.Name}' has none");
        }

        foreach (var domain in host.Domains)
        {
            var star = domain.IndexOf('*');
            if (domain.Length == 0 || (star >= 0 && ((star > 0 && star < domain.Length - 1) || domain.LastIndexOf('*') != star)))
            {
                problems.Add("domains", $"'{domain}' may have one * at its start or its end");
            }
        }

        RouteFilterReader.RefuseOthers(host.TypedPerFilterConfig, problems);
        if (host.RequireTls != Pb.VirtualHost.Types.TlsRequirementType.None)
        {
            problems.Add("require_tls", $"{host.RequireTls} is not supported");
        }

        requestEdits = HeaderEditReader.Join(
            HeaderEditReader.Read(host.RequestHeadersToAdd, host.RequestHeadersToRemove, "request_headers", problems),
            requestEdits
        );
        responseEdits = HeaderEditReader.Join(
            HeaderEditReader.Read(host.ResponseHeadersToAdd, host.ResponseHeadersToRemove, "response_headers", problems),
            responseEdits
        );
        var rules = ImmutableArray.CreateBuilder<Rule>(host.Routes.Count);
        for (var i = 0; i < host.Routes.Count; i++)
        {
            using var inRoute = problems.In("routes", i);
            if (Rule(host.Routes[i], requestEdits, responseEdits, problems) is { } rule)
            {
                rules.Add(rule);
            }
        }

        return new VirtualHost
        {
            Name = host.Name,
            Domains = [.. host.Domains],
            Rules = rules.ToImmutable(),
        };
    }

    private static Rule? Rule(Pb.Route route, HeaderEdits requestEdits, HeaderEdits responseEdits, ProblemList problems)
    {
        var conditions = RouteMatchReader.Read(route.Match, problems);
        RouteFilterReader.RefuseOthers(route.TypedPerFilterConfig, problems, ExtensionNames.Fault, ExtensionNames.Cors);
        if (RouteActionReader.Read(route, problems) is not { } action)
        {
            return null;
        }

        return new Rule
        {
            Name = route.Name,
            StatPrefix = route.StatPrefix,
            Conditions = conditions,
            Action = action,
            Fault = RouteFilterReader.Fault(route, problems),
            Cors = RouteFilterReader.Cors(route, problems),
            RequestEdits = HeaderEditReader.Join(
                HeaderEditReader.Read(route.RequestHeadersToAdd, route.RequestHeadersToRemove, "request_headers", problems),
                requestEdits
            ),
            ResponseEdits = HeaderEditReader.Join(
                HeaderEditReader.Read(route.ResponseHeadersToAdd, route.ResponseHeadersToRemove, "response_headers", problems),
                responseEdits
            ),
        };
    }
}
