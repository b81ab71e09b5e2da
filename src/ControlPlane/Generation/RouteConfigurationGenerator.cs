using System.Collections.Immutable;
using Mesh.ControlPlane.Model;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The routes of one port for sidecars: a virtual host per name that can be dialled there, and one for all that nobody knows.</summary>
internal static class RouteConfigurationGenerator
{
    // Above Envoy's own limit for the body of a direct response the configuration must say so.
    private const int DefaultBodyLimit = 4096;
    private const uint BodyLimit = 1 << 20;

    public static Pb.RouteConfiguration Generate(string name, PortPlan plan, Client client)
    {
        var hosts = Hosts(plan, client);
        var result = new Pb.RouteConfiguration { Name = name, ValidateClusters = false };
        result.VirtualHosts.AddRange(hosts);
        if (hosts.SelectMany(host => host.Routes).Any(route => route.DirectResponse?.Body?.CalculateSize() > DefaultBodyLimit))
        {
            result.MaxDirectResponseBodySizeBytes = BodyLimit;
        }

        result.VirtualHosts.Add(Unknown(client));
        return result;
    }

    private static ImmutableArray<Pb.VirtualHost> Hosts(PortPlan plan, Client client)
    {
        var services = plan.Services.Where(entry => entry.IsHttp || entry.IsSniffed).Select(entry => new Candidate(entry, null));
        var candidates = services
            .Concat(plan.BareHosts.Select(entry => new Candidate(default, entry)))
            .OrderBy(candidate => candidate.Host, StringComparer.Ordinal)
            .ToImmutableArray();

        // A domain may stand in one virtual host only. A service's own name beats all derived ones; else the first host in order.
        var taken = new HashSet<string>(StringComparer.Ordinal) { "*" };
        foreach (var candidate in candidates)
        {
            taken.UnionWith(DomainGenerator.Own(candidate.Host, plan.Port));
        }

        var result = ImmutableArray.CreateBuilder<Pb.VirtualHost>();
        foreach (var candidate in candidates)
        {
            var routes = candidate.Routes is { } set
                ? RuleRouteGenerator.Generate(set, plan.Port, candidate.Service.Port?.Number ?? plan.Port, client)
                : [];
            if (routes.IsEmpty)
            {
                if (candidate.Bare is not null)
                {
                    // A name without service and without a rule for this client is unknown to it.
                    continue;
                }

                routes = [Plain(candidate.Service)];
            }

            var host = new Pb.VirtualHost { Name = $"{candidate.Host}:{plan.Port}" };
            host.Domains.AddRange(DomainGenerator.Own(candidate.Host, plan.Port));
            if (candidate.Bare is null)
            {
                host.Domains.AddRange(
                    DomainGenerator.Derived(candidate.Service.Service.Shape, plan.Port, client).Where(domain => taken.Add(domain))
                );
            }

            host.Routes.AddRange(routes);
            result.Add(host);
        }

        return result.DrainToImmutable();
    }

    private static Pb.Route Plain(PortService entry)
    {
        var cluster = ResourceNames.Outbound(entry.Port.Number, entry.Service.Shape.Host);
        var route = new Pb.Route
        {
            Name = "default",
            Match = RouteMatchGenerator.Everything(),
            Route_ = RouteActionGenerator.ToCluster(cluster, withRetries: true),
        };
        HashPolicyGenerator.Generate(route.Route_, entry);
        return route;
    }

    private static Pb.VirtualHost Unknown(Client client) =>
        client.RegistryOnly
            ? new()
            {
                Name = "block_all",
                Domains = { "*" },
                Routes =
                {
                    new Pb.Route
                    {
                        Name = "block_all",
                        Match = RouteMatchGenerator.Everything(),
                        DirectResponse = new Pb.DirectResponseAction { Status = 502 },
                    },
                },
            }
            : new()
            {
                Name = "allow_any",
                Domains = { "*" },
                Routes =
                {
                    new Pb.Route
                    {
                        Name = "allow_any",
                        Match = RouteMatchGenerator.Everything(),
                        Route_ = RouteActionGenerator.ToCluster(ResourceNames.Passthrough, withRetries: false),
                    },
                },
            };

    private readonly record struct Candidate(PortService Service, HostRoutes? Bare)
    {
        public string Host => Bare?.Host ?? Service.Service.Shape.Host;

        public RouteSet? Routes => Bare is null ? Service.Service.Routes : Bare.Routes;
    }
}
