using System.Collections.Immutable;
using Google.Protobuf;
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

    private const int TagSize = 1;

    /// <summary>
    /// Put together from virtual hosts that are serialised already: of thousands of hosts a change touches one, and clients of all namespaces
    /// share the rest. The bytes are those of the whole message.
    /// </summary>
    public static XdsResource Generate(string name, PortPlan plan, Client client, GenerationMemo memo)
    {
        var hosts = Hosts(plan, client, memo);
        var first = new Pb.RouteConfiguration { Name = name };
        var rest = new Pb.RouteConfiguration { ValidateClusters = false };
        if (hosts.Any(host => host.HasLargeBody))
        {
            rest.MaxDirectResponseBodySizeBytes = BodyLimit;
        }

        // Fields are written by number: the name, the hosts, then everything else.
        var size =
            first.CalculateSize() + rest.CalculateSize() + hosts.Sum(host => TagSize + CodedOutputStream.ComputeBytesSize(host.Bytes));
        var body = new byte[size];
        using var output = new CodedOutputStream(body);
        first.WriteTo(output);
        foreach (var host in hosts)
        {
            output.WriteTag(Pb.RouteConfiguration.VirtualHostsFieldNumber, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(host.Bytes);
        }

        rest.WriteTo(output);
        output.CheckNoSpaceLeft();
        return XdsResource.Create(TypeUrls.Route, name, body);
    }

    private static List<HostPart> Hosts(PortPlan plan, Client client, GenerationMemo memo)
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
            taken.UnionWith(Own(candidate, plan.Port, memo));
        }

        var result = new List<HostPart>(candidates.Length + 1);
        foreach (var candidate in candidates)
        {
            var derived = candidate.Bare is null ? Derived(candidate.Service.Service.Shape, plan.Port, client, memo) : [];
            var free = derived.RemoveAll(domain => !taken.Add(domain));
            var key = new MemoKey([
                "vhost",
                plan.Port,
                candidate.Host,
                candidate.Bare is null ? candidate.Service.Service.Shape : null,
                candidate.Service.Port?.Number,
                candidate.Routes,
                string.Join(',', free),
                // What the routes are for this client; for most services the same as for all others.
                .. client.RouteInputs(candidate.Routes),
            ]);
            var part = memo.Part(key, () => Build(candidate, free, plan.Port, client));
            if (!part.Bytes.IsEmpty)
            {
                result.Add(part);
            }
        }

        result.Add(memo.Part(new MemoKey(["vhost", "*", client.RegistryOnly]), () => HostPart.Of(Unknown(client), hasLargeBody: false)));
        return result;
    }

    private static HostPart Build(Candidate candidate, ImmutableArray<string> derived, int port, Client client)
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

    private static ImmutableArray<string> Own(Candidate candidate, int port, GenerationMemo memo) =>
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

    private readonly record struct Candidate(PortService Service, HostRoutes? Bare)
    {
        public string Host => Bare?.Host ?? Service.Service.Shape.Host;

        public RouteSet? Routes => Bare is null ? Service.Service.Routes : Bare.Routes;
    }

    private sealed record NameList(ImmutableArray<string> Names);
}
