using System.Collections.Immutable;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.ControlPlane.Generation;

/// <summary>The virtual hosts of one port for one kind of client: one per name that can be dialled there, and one for all that nobody knows.</summary>
internal static class VirtualHostGenerator
{
    // Envoy's own limit for the body of a direct response.
    private const int DefaultBodyLimit = 4096;

    /// <param name="name">Of the route configuration.</param>
    public static List<HostPart> Generate(string name, PortPlan plan, Client client, GenerationMemo memo)
    {
        var candidates = Candidates(plan);
        var context = client.RouteContext;
        var list = string.Join('|', ["vhosts", name, plan.Port, .. context.Take(2)]);
        var last = memo.Last<HostList>(list);
        if (last?.Fits(candidates, client) != true)
        {
            last = null;
        }

        var free = last?.Free ?? Free(candidates, plan.Port, client, memo);
        var parts = ImmutableArray.CreateBuilder<MemoEntry>(candidates.Length);
        for (var i = 0; i < candidates.Length; i++)
        {
            if (last is not null && ReferenceEquals(candidates[i].Routes, last.Candidates[i].Routes))
            {
                memo.Use(last.Parts[i]);
                parts.Add(last.Parts[i]);
            }
            else
            {
                parts.Add(PartOf(candidates[i], free[i], plan.Port, client, memo));
            }
        }

        memo.Remember(list, new HostList(client.Settings, context, candidates, free, parts.ToImmutable()));
        var result = new List<HostPart>(parts.Count + 1);
        foreach (var part in parts)
        {
            if (part.Get<HostPart>() is { Bytes.IsEmpty: false } host)
            {
                result.Add(host);
            }
        }

        result.Add(memo.Part(new MemoKey(["vhost", "*", client.RegistryOnly]), () => HostPart.Of(Unknown(client), hasLargeBody: false)));
        return result;
    }

    private static ImmutableArray<HostCandidate> Candidates(PortPlan plan)
    {
        var services = plan.Services.Where(entry => entry.IsHttp || entry.IsSniffed).Select(entry => new HostCandidate(entry, null));
        return plan.BareHosts.IsEmpty
            ? [.. services]
            :
            [
                .. services
                    .Concat(plan.BareHosts.Select(entry => new HostCandidate(default, entry)))
                    .OrderBy(candidate => candidate.Host, StringComparer.Ordinal),
            ];
    }

    // A domain may stand in one virtual host only. A service's own name beats all derived ones; else the first host in order.
    private static ImmutableArray<ImmutableArray<string>> Free(
        ImmutableArray<HostCandidate> candidates,
        int port,
        Client client,
        GenerationMemo memo
    )
    {
        var taken = new HashSet<string>(StringComparer.Ordinal) { "*" };
        foreach (var candidate in candidates)
        {
            taken.UnionWith(Own(candidate, port, memo));
        }

        var free = ImmutableArray.CreateBuilder<ImmutableArray<string>>(candidates.Length);
        foreach (var candidate in candidates)
        {
            var derived = candidate.Bare is null ? Derived(candidate.Service.Service.Shape, port, client, memo) : [];
            free.Add(derived.RemoveAll(domain => !taken.Add(domain)));
        }

        return free.MoveToImmutable();
    }

    private static MemoEntry PartOf(HostCandidate candidate, ImmutableArray<string> free, int port, Client client, GenerationMemo memo) =>
        memo.Entry(
            new MemoKey([
                "vhost",
                port,
                candidate.Host,
                candidate.Bare is null ? candidate.Service.Service.Shape : null,
                candidate.Service.Port?.Number,
                candidate.Routes,
                string.Join(',', free),
                // What the routes are for this client; for most services the same as for all others.
                .. client.RouteInputs(candidate.Routes, memo),
            ]),
            () => Build(candidate, free, port, client)
        );

    private static HostPart Build(HostCandidate candidate, ImmutableArray<string> derived, int port, Client client)
    {
        var routes = candidate.Routes is { } set
            ? RuleRouteGenerator.Generate(set, port, candidate.Service.Port?.Number ?? port, client)
            : [];
        if (routes.IsEmpty)
        {
            if (candidate.Bare is not null)
            {
                // A name without service and without a rule for this client is unknown to it.
                return HostPart.None;
            }

            routes = [Plain(candidate.Service)];
        }

        var host = new Pb.VirtualHost { Name = $"{candidate.Host}:{port}" };
        host.Domains.AddRange(DomainGenerator.Own(candidate.Host, port));
        host.Domains.AddRange(derived);
        host.Routes.AddRange(routes);
        return HostPart.Of(host, host.Routes.Any(route => route.DirectResponse?.Body?.CalculateSize() > DefaultBodyLimit));
    }

    private static ImmutableArray<string> Own(HostCandidate candidate, int port, GenerationMemo memo) =>
        memo.Part(new MemoKey(["domains", candidate.Host, port]), () => new NameList([.. DomainGenerator.Own(candidate.Host, port)])).Names;

    private static ImmutableArray<string> Derived(ServiceShape shape, int port, Client client, GenerationMemo memo) =>
        memo.Part(
            new MemoKey(["domains", shape, port, shape.Namespace == client.Namespace, client.Settings.DnsDomain]),
            () => new NameList([.. DomainGenerator.Derived(shape, port, client)])
        ).Names;

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

    private sealed record NameList(ImmutableArray<string> Names);
}
