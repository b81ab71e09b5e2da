using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Mesh.Proxy.Upstream;
using Mesh.Proxy.Upstream.Balancing;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>Pure: settings and endpoints become a <see cref="Cluster"/> that keeps the counters and connections of its predecessor.</summary>
internal static class ClusterCompiler
{
    /// <summary>Compiles one cluster.</summary>
    /// <param name="assigned">From EDS; default where they come from elsewhere or have not come yet.</param>
    /// <param name="previous">The cluster of that name in the configuration before.</param>
    public static Cluster Compile(
        ClusterSettings settings,
        ImmutableArray<EndpointSettings> assigned,
        CompileContext context,
        Cluster? previous
    )
    {
        // Connections made for another protocol or purpose are of no use to the new cluster.
        var heir = previous is not null && previous.Kind == settings.Kind && previous.Protocol == settings.Protocol ? previous : null;
        var states = heir?.Endpoints.ToDictionary(e => e.Address, e => e.State);
        var transports = Transports.Compile(settings.Transport, context, heir);
        ImmutableArray<Endpoint> endpoints =
        [
            .. Addresses(settings, assigned, context)
                .Select(e => new Endpoint
                {
                    Address = e.Address,
                    Weight = e.Settings.Weight,
                    Workload = e.Settings.Workload,
                    Priority = e.Settings.Priority,
                    HostName = e.Settings.HostName,
                    Locality = e.Settings.Locality,
                    LocalityWeight = e.Settings.LocalityWeight,
                    Health = e.Settings.Health,
                    Transport = transports.For(e.Settings.Labels),
                    State = states?.GetValueOrDefault(e.Address) ?? new EndpointState(),
                }),
        ];
        return new Cluster
        {
            Name = settings.Name,
            ServiceHost = settings.ServiceHost,
            Kind = settings.Kind,
            Protocol = settings.Protocol,
            ConnectTimeout = settings.ConnectTimeout,
            Limits = settings.Limits,
            Transport = transports.For(EndpointLabels.None),
            GoesWhereDialed = settings.GoesWhereDialed,
            Endpoints = endpoints,
            Balancer = LoadBalancer.Create(endpoints, settings.Balancing, Random.Shared, context.Time),
            Outliers = settings.Outliers,
            RetryBudget = settings.RetryBudget,
            PanicThreshold = settings.PanicThreshold,
            State = heir?.State ?? new ClusterState(),
        };
    }

    /// <summary>The addresses that a cluster would have now, for finding out whether names resolve to something else.</summary>
    public static IEnumerable<IPEndPoint> AddressesOf(
        ClusterSettings settings,
        ImmutableArray<EndpointSettings> assigned,
        CompileContext context
    ) => Addresses(settings, assigned, context).Select(e => e.Address);

    private static IEnumerable<(IPEndPoint Address, EndpointSettings Settings)> Addresses(
        ClusterSettings settings,
        ImmutableArray<EndpointSettings> assigned,
        CompileContext context
    )
    {
        switch (settings.Kind)
        {
            case ClusterKind.Endpoints:
                return (assigned.IsDefault ? settings.Endpoints : assigned).Select(e => (e.Address!, e));
            case ClusterKind.Dns:
                return settings
                    .Endpoints.SelectMany(e => Resolve(e, settings, context).Select(a => (new IPEndPoint(a, e.Port), e)))
                    .DistinctBy(e => e.Item1);
            case ClusterKind.Application when context.Application is { } application && settings.ApplicationPort > 0:
                var address = new IPEndPoint(application, settings.ApplicationPort);
                return [(address, new EndpointSettings(address, "", address.Port, 1, WorkloadInfo.Unknown))];
            default:
                return [];
        }
    }

    private static IEnumerable<IPAddress> Resolve(EndpointSettings endpoint, ClusterSettings settings, CompileContext context)
    {
        if (endpoint.Address is not null)
        {
            return [endpoint.Address.Address];
        }

        var found = context.Dns.GetValueOrDefault(endpoint.Host, []);
        var v4 = found.Where(a => a.AddressFamily == AddressFamily.InterNetwork);
        var v6 = found.Where(a => a.AddressFamily == AddressFamily.InterNetworkV6);
        var usable = settings.Family switch
        {
            Pb.Cluster.Types.DnsLookupFamily.V4Only => v4,
            Pb.Cluster.Types.DnsLookupFamily.V6Only => v6,
            Pb.Cluster.Types.DnsLookupFamily.All => found,
            // A network with half-working IPv6 is more common than one without IPv4.
            _ => v4.Any() ? v4 : v6,
        };
        return settings.OneAddressPerName ? usable.Take(1) : usable;
    }
}
