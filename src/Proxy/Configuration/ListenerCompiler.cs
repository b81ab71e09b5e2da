using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Routing.NormalForm;
using Mesh.Proxy.Upstream;
using Mesh.Xds;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: listeners with their routes and clusters, sorted into the two tables that connections are looked up in.</summary>
internal static class ListenerCompiler
{
    private static readonly ChainComparer SameChain = new();

    /// <summary>One listener; parts of <paramref name="previous"/> are kept where nothing they use has changed.</summary>
    public static CompiledListener Compile(
        ListenerPlan plan,
        FrozenDictionary<string, BoundRoutes> routes,
        FrozenDictionary<string, Cluster> clusters,
        CompileContext context,
        CompiledListener? previous
    )
    {
        var ports = ImmutableArray.CreateBuilder<CompiledListener.PortConfig>();
        foreach (var group in plan.Chains.GroupBy(c => c.Port))
        {
            var before = previous?.Ports.FirstOrDefault(p => p.Port == group.Key);
            ImmutableArray<CompiledChain> chains = [.. group.Select(c => Compile(c, routes, clusters, Counterpart(c, before)))];
            if (before is not null && ReferenceEquals(previous!.Plan, plan) && chains.SequenceEqual(before.Chains, SameChain))
            {
                ports.Add(before);
                continue;
            }

            var peers = PeerChains.Compile(chains, plan.DetectionTimeout, context);
            var plain = chains.Where(c => !c.Plan.IsFiner && c.Plan.Tls is null).ToImmutableArray();
            var http = plain.FirstOrDefault(c => c.Http is not null);
            var tcp = plain.FirstOrDefault(c => c.Tcp is not null);
            ports.Add(
                new CompiledListener.PortConfig(
                    group.Key,
                    new ListenerConfig
                    {
                        Name = plan.Name,
                        Inbound = plan.Inbound,
                        Address = group.Key == 0 ? plan.Address : new IPEndPoint(plan.Address.Address, group.Key),
                        Http = http?.Http,
                        Tcp = tcp?.Tcp,
                        HttpSecurity = http?.Plan.Security ?? ChainSecurity.None,
                        TcpSecurity = tcp?.Plan.Security ?? ChainSecurity.None,
                        Chains = peers is null ? ChainTableCompiler.Compile(chains) : null,
                        Peers = peers,
                    },
                    chains
                )
            );
        }

        return new CompiledListener(plan, ports.ToImmutable());
    }

    public static ListenerTable Outbound(IEnumerable<CompiledListener> listeners, string version)
    {
        var byAddress = new Dictionary<IPEndPoint, ListenerConfig>();
        var byPort = new Dictionary<int, ListenerConfig>();
        var bound = ImmutableArray.CreateBuilder<ListenerConfig>();
        ListenerConfig? catchAll = null;
        foreach (var listener in listeners.Where(l => !l.Plan.Inbound))
        {
            // Chains for one port stand only in virtualOutbound, against loops through the proxy's own port.
            if (listener.Ports.FirstOrDefault(p => p.Port == 0)?.Config is not { } config)
            {
                continue;
            }

            if (listener.Plan.CatchAll)
            {
                catchAll = config;
            }
            else if (listener.Plan.Bound)
            {
                bound.Add(config);
            }
            else if (IsAny(config.Address.Address))
            {
                byPort[config.Address.Port] = config;
            }
            else
            {
                byAddress[config.Address] = config;
            }
        }

        return new ListenerTable
        {
            ByAddress = byAddress.ToFrozenDictionary(),
            ByPort = byPort.ToFrozenDictionary(),
            Default = catchAll,
            Bound = bound.ToImmutable(),
            ByAuthority = RouteTable.Merge(
                "outbound",
                version,
                byPort.Where(p => p.Value.Http is not null).Select(p => (p.Key, p.Value.Http!))
            ),
            // Such a request's listener is known only by its route, so it is made ready as the strictest of them asks.
            AuthoritySecurity = ChainSecurity.None with
            {
                Form = new(byPort.Values.Aggregate(PathForm.AsReceived, (all, one) => all | one.HttpSecurity.Form.Path), false),
            },
        };
    }

    public static ListenerTable Inbound(IEnumerable<CompiledListener> listeners, CompileContext context)
    {
        var byPort = new Dictionary<int, ListenerConfig>();
        var bound = ImmutableArray.CreateBuilder<ListenerConfig>();
        ListenerConfig? catchAll = null;
        foreach (var listener in listeners.Where(l => l.Plan.Inbound))
        {
            // A chain for the capturing port itself is a guard against loops: no application listens there.
            foreach (var port in listener.Ports.Where(p => p.Port == 0 || p.Port != listener.Plan.Address.Port))
            {
                if (!listener.Plan.CatchAll && listener.Plan.Bound)
                {
                    bound.Add(port.Config);
                }
                else if (port.Port == 0 && listener.Plan.CatchAll)
                {
                    catchAll = port.Config;
                }
                else
                {
                    byPort[port.Port == 0 ? listener.Plan.Address.Port : port.Port] = port.Config;
                }
            }
        }

        if (context.StandsInFront)
        {
            // Nobody redirects: the proxy itself stands where clients look for the application.
            foreach (var (port, config) in byPort)
            {
                bound.Add(
                    new ListenerConfig
                    {
                        // Each port has a socket and a name of its own here.
                        Name = ResourceNames.Listener(context.NodeAddress.ToString(), port),
                        Inbound = true,
                        Address = new IPEndPoint(context.NodeAddress, port),
                        Http = config.Http,
                        Tcp = config.Tcp,
                        HttpSecurity = config.HttpSecurity,
                        TcpSecurity = config.TcpSecurity,
                        Chains = config.Chains,
                        Peers = config.Peers,
                    }
                );
            }
        }

        return new ListenerTable
        {
            ByAddress = FrozenDictionary<IPEndPoint, ListenerConfig>.Empty,
            ByPort = byPort.ToFrozenDictionary(),
            Default = catchAll,
            Bound = bound.ToImmutable(),
            ByAuthority = null,
        };
    }

    private static CompiledChain Compile(
        ChainPlan chain,
        FrozenDictionary<string, BoundRoutes> routes,
        FrozenDictionary<string, Cluster> clusters,
        CompiledChain? before
    )
    {
        if (chain.Tcp is { } destinations)
        {
            return new CompiledChain(chain, null, null, RouteBinder.Bind(destinations, clusters, before?.Tcp));
        }

        if (chain.Routes is { } unbound)
        {
            var inline = RouteBinder.Bind(unbound, false, clusters, before?.Inline);
            return new CompiledChain(chain, inline.Table, inline, null);
        }

        // Routes that have not come yet answer NR, which is what an empty table does.
        var name = chain.RouteName!;
        var table = routes.GetValueOrDefault(name)?.Table ?? (IsEmptyFor(before?.Http, name) ? before!.Http : Nothing(name));
        return new CompiledChain(chain, table, null, null);
    }

    // The same chain in the configuration before, so that what it refers to can be kept.
    private static CompiledChain? Counterpart(ChainPlan chain, CompiledListener.PortConfig? before) =>
        before?.Chains.FirstOrDefault(c =>
            c.Plan.Name == chain.Name && c.Plan.IsHttp == chain.IsHttp && c.Plan.IsDefault == chain.IsDefault
        );

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsEmptyFor(RouteTable? table, string name) => table is { VirtualHosts.IsEmpty: true } && table.Name == name;

    private static RouteTable Nothing(string name) => RouteTable.Create(name, "", []);

    /// <summary>Chains that refer to the very same things.</summary>
    private sealed class ChainComparer : IEqualityComparer<CompiledChain>
    {
        public bool Equals(CompiledChain? x, CompiledChain? y) => ReferenceEquals(x?.Http, y?.Http) && ReferenceEquals(x?.Tcp, y?.Tcp);

        public int GetHashCode(CompiledChain chain) => HashCode.Combine(chain.Http, chain.Tcp);
    }
}
