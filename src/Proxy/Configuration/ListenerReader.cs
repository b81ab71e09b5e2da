using System.Collections.Immutable;
using System.Net;
using Mesh.Proxy.Routing;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: what an LDS resource means to this proxy, or every reason why it cannot be used.</summary>
internal static class ListenerReader
{
    private static readonly ImmutableArray<string> HttpFilters =
    [
        TypeUrls.Prefix + Pb.Router.Descriptor.FullName,
        TypeUrls.Prefix + Pb.HTTPFault.Descriptor.FullName,
        TypeUrls.Prefix + Pb.HttpCors.Cors.Descriptor.FullName,
        TypeUrls.Prefix + Pb.JwtAuthentication.Descriptor.FullName,
    ];

    public static ListenerPlan Read(Pb.Listener listener, string version, ProblemList problems)
    {
        var catchAll = listener.Name is ResourceNames.VirtualOutbound or ResourceNames.VirtualInbound;
        var address = PbReading.EndPoint(listener.Address, "address", problems) ?? new IPEndPoint(IPAddress.Any, 0);
        var chains = ImmutableArray.CreateBuilder<ChainPlan>();
        for (var i = 0; i < listener.FilterChains.Count; i++)
        {
            using var inChain = problems.In("filter_chains", i);
            if (Chain(listener.FilterChains[i], version, problems) is { } chain)
            {
                chains.Add(chain);
            }
        }

        if (listener.DefaultFilterChain is { } last)
        {
            using var inDefault = problems.In("default_filter_chain");
            if (Chain(last, version, problems) is { } chain)
            {
                chains.Add(chain with { Port = 0, IsDefault = true });
            }
        }
        else if (listener.FilterChains.Count == 0)
        {
            problems.Add("filter_chains", "are missing; the listener would do nothing");
        }

        FilterChainMatchReader.RefuseEquals(chains, problems);
        return new ListenerPlan
        {
            Name = listener.Name,
            Inbound = listener.Name == ResourceNames.VirtualInbound || listener.TrafficDirection == Pb.TrafficDirection.Inbound,
            Address = address,
            CatchAll = catchAll,
            // Envoy opens a socket unless told not to (listener.proto, bind_to_port); the two catch-alls are this proxy's own ports.
            Bound = !catchAll && (listener.BindToPort ?? listener.DeprecatedV1?.BindToPort) is not false,
            Chains = chains.ToImmutable(),
            DetectionTimeout = Detection(listener, problems),
            Self = PbReading.Workload(listener.Metadata),
        };
    }

    // Who does not go on without it closes the connection, which is for longer waits than ours.
    private static TimeSpan Detection(Pb.Listener listener, ProblemList problems)
    {
        var timeout = PbReading.Duration(listener.ListenerFiltersTimeout, TimeSpan.Zero, "listener_filters_timeout", problems);
        return timeout > TimeSpan.Zero && listener.ContinueOnListenerFiltersTimeout ? timeout : ListenerPlan.DefaultDetection;
    }

    public static IEnumerable<ResourceRef> References(ListenerPlan plan) =>
        plan
            .Chains.SelectMany(c =>
                c.RouteName is { } name ? [new ResourceRef(TypeUrls.Route, name)]
                : c.Routes is { } table ? RouteReader.References(table)
                : c.Tcp!.Destinations.Select(d => new ResourceRef(TypeUrls.Cluster, d.ClusterName))
            )
            .Concat(
                plan.Chains.SelectMany(c => c.Security.Authorization?.Clusters ?? [])
                    .Select(name => new ResourceRef(TypeUrls.Cluster, name))
            );

    private static ChainPlan? Chain(Pb.FilterChain chain, string version, ProblemList problems)
    {
        var match = FilterChainMatchReader.Read(chain, problems);
        match = match with { Tls = TlsServerReader.Read(chain.TransportSocket, problems) };

        if (chain.Filters.Count == 0)
        {
            problems.Add("filters", "are missing; the last must be an HTTP connection manager or a TCP proxy");
            return null;
        }

        var authorization = new AuthorizationReader();
        for (var i = 0; i < chain.Filters.Count - 1; i++)
        {
            using var inEarlier = problems.In("filters", i);
            if (!authorization.TryRead(chain.Filters[i], problems))
            {
                // A filter may forbid something: leaving out what we do not know could allow it.
                problems.Add("typed_config", $"'{chain.Filters[i].TypedConfig?.TypeUrl}' ({chain.Filters[i].Name}) is not supported here");
            }
        }

        using var inFilter = problems.In("filters", chain.Filters.Count - 1);
        var filter = chain.Filters[^1];
        if (PbReading.Is<Pb.HttpConnectionManager>(filter.TypedConfig))
        {
            return PbReading.Unpack<Pb.HttpConnectionManager>(filter.TypedConfig, "typed_config", problems) is { } manager
                ? Http(match, manager, authorization, version, problems)
                : null;
        }

        if (PbReading.Is<Pb.TcpProxy>(filter.TypedConfig))
        {
            return PbReading.Unpack<Pb.TcpProxy>(filter.TypedConfig, "typed_config", problems) is { } tcp
                ? match with
                {
                    Tcp = Tcp(tcp, problems),
                    Security = match.Security with { Authorization = authorization.Plan },
                }
                : null;
        }

        // A filter may forbid something: leaving out what we do not know could allow it.
        problems.Add("typed_config", $"'{filter.TypedConfig?.TypeUrl}' ({filter.Name}) is not supported");
        return null;
    }

    private static ChainPlan? Http(
        ChainPlan match,
        Pb.HttpConnectionManager manager,
        AuthorizationReader authorization,
        string version,
        ProblemList problems
    )
    {
        for (var i = 0; i < manager.HttpFilters.Count; i++)
        {
            var filter = manager.HttpFilters[i];
            using var inFilter = problems.In("http_filters", i);
            if (!filter.Disabled && authorization.TryRead(filter, problems))
            {
                continue;
            }

            if (!filter.IsOptional && !filter.Disabled && !HttpFilters.Contains(filter.TypedConfig?.TypeUrl ?? ""))
            {
                problems.Add("", $"'{filter.TypedConfig?.TypeUrl}' ({filter.Name}) is not supported");
            }
        }

        match = match with
        {
            Security = match.Security with
            {
                Form = RequestFormReader.Read(manager, problems),
                Authorization = authorization.Plan,
                Tokens = TokenRulesReader.Read(manager.HttpFilters, problems),
            },
        };
        switch (manager.RouteSpecifierCase)
        {
            case Pb.HttpConnectionManager.RouteSpecifierOneofCase.Rds:
                if (manager.Rds.RouteConfigName.Length == 0)
                {
                    problems.Add("rds.route_config_name", "is empty");
                }

                return match with
                {
                    RouteName = manager.Rds.RouteConfigName,
                };
            case Pb.HttpConnectionManager.RouteSpecifierOneofCase.RouteConfig:
                using (problems.In("route_config"))
                {
                    return match with { Routes = RouteReader.Read(manager.RouteConfig, version, problems) };
                }

            default:
                problems.Add("route_specifier", "is missing; use rds or route_config");
                return null;
        }
    }

    private static WeightedDestinations Tcp(Pb.TcpProxy proxy, ProblemList problems)
    {
        ImmutableArray<WeightedDestination> destinations = proxy.ClusterSpecifierCase switch
        {
            Pb.TcpProxy.ClusterSpecifierOneofCase.Cluster => [Destination(proxy.Cluster, 1)],
            Pb.TcpProxy.ClusterSpecifierOneofCase.WeightedClusters =>
            [
                .. proxy.WeightedClusters.Clusters.Select(c => Destination(c.Name, c.Weight)),
            ],
            _ => [],
        };
        if (destinations.Sum(d => d.Weight) is 0 or > uint.MaxValue)
        {
            problems.Add("cluster_specifier", "needs a cluster, or weighted_clusters with weights that add up to something");
        }

        return new WeightedDestinations(destinations, new PickState()) { BySource = proxy.HashPolicy.Any(p => p.SourceIp is not null) };
    }

    private static WeightedDestination Destination(string cluster, uint weight) =>
        new()
        {
            ClusterName = cluster,
            Cluster = null,
            Weight = weight,
        };
}
