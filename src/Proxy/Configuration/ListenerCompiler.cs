using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Xds;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: listeners with their routes and clusters, sorted into the two tables that connections are looked up in.</summary>
internal static class ListenerCompiler
{
    /// <summary>One listener; parts of <paramref name="previous"/> are kept where nothing they use has changed.</summary>
    public static CompiledListener Compile(
        ListenerPlan plan,
        FrozenDictionary<string, BoundRoutes> routes,
        FrozenDictionary<string, Cluster> clusters,
        CompiledListener? previous
    )
    {
        var ports = ImmutableArray.CreateBuilder<CompiledListener.PortConfig>();
        foreach (var chains in plan.Chains.GroupBy(c => c.Port))
        {
            var before = previous?.Ports.FirstOrDefault(p => p.Port == chains.Key);
            var inline = chains.FirstOrDefault(c => c.Routes is not null)?.Routes is { } unbound
                ? RouteBinder.Bind(unbound, false, clusters, before?.Inline)
                : null;
            var named = chains.FirstOrDefault(c => c.RouteName is not null) is { RouteName: { } name }
                // Routes that have not come yet answer NR, which is what an empty table does.
                ? routes.GetValueOrDefault(name)?.Table ?? (IsEmptyFor(before?.Config.Http, name) ? before!.Config.Http : Nothing(name))
                : null;
            var http = inline?.Table ?? named;
            var tcp = chains.FirstOrDefault(c => c.Tcp is not null)?.Tcp is { } destinations
                ? RouteBinder.Bind(destinations, clusters, before?.Config.Tcp)
                : null;
            ports.Add(
                before is not null
                && ReferenceEquals(previous!.Plan, plan)
                && ReferenceEquals(before.Config.Http, http)
                && ReferenceEquals(before.Config.Tcp, tcp)
                    ? before
                    : new CompiledListener.PortConfig(
                        chains.Key,
                        new ListenerConfig
                        {
                            Name = plan.Name,
                            Inbound = plan.Inbound,
                            Address = chains.Key == 0 ? plan.Address : new IPEndPoint(plan.Address.Address, chains.Key),
                            Http = http,
                            Tcp = tcp,
                        },
                        inline
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

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsEmptyFor(RouteTable? table, string name) => table is { VirtualHosts.IsEmpty: true } && table.Name == name;

    private static RouteTable Nothing(string name) => RouteTable.Create(name, "", []);
}
