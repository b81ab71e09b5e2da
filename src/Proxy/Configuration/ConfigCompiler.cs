using System.Collections.Frozen;
using System.Collections.Immutable;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Upstream;
using Mesh.Xds;
using Pb = Mesh.Xds.Pb;

namespace Mesh.Proxy.Configuration;

/// <summary>
/// Pure: all accepted resources become the one configuration that requests read. Pieces whose input is unchanged are kept from the
/// previous configuration by reference; counters, connections and balancing sequences always are.
/// </summary>
internal static class ConfigCompiler
{
    public static ProxyConfig Compile(XdsSet resources, ProxyConfig? previous, CompileContext context)
    {
        var before = previous?.Origin ?? CompiledSet.Empty;
        var compiledClusters = resources
            .Of(TypeUrls.Cluster)
            .ToFrozenDictionary(
                r => r.Key,
                r => Cluster(r.Value.Meaning<ClusterSettings>(), resources, context, before.Clusters.GetValueOrDefault(r.Key)),
                StringComparer.Ordinal
            );
        var clusters = compiledClusters.ToFrozenDictionary(c => c.Key, c => c.Value.Cluster, StringComparer.Ordinal);
        var routes = resources
            .Of(TypeUrls.Route)
            .ToFrozenDictionary(
                r => r.Key,
                r =>
                    RouteBinder.Bind(
                        r.Value.Meaning<RouteTable>(),
                        ((Pb.RouteConfiguration)r.Value.Message).IgnorePortInHostMatching,
                        clusters,
                        before.Routes.GetValueOrDefault(r.Key)
                    ),
                StringComparer.Ordinal
            );
        var listeners = resources
            .Of(TypeUrls.Listener)
            .ToFrozenDictionary(
                r => r.Key,
                r =>
                    ListenerCompiler.Compile(
                        r.Value.Meaning<ListenerPlan>(),
                        routes,
                        clusters,
                        context,
                        before.Listeners.GetValueOrDefault(r.Key)
                    ),
                StringComparer.Ordinal
            );
        var ordered = listeners.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => l.Value).ToImmutableArray();
        return new ProxyConfig
        {
            Version = resources.Version,
            Self = ordered.Select(l => l.Plan.Self).FirstOrDefault(s => s is not null) ?? WorkloadInfo.Unknown,
            Outbound = ListenerCompiler.Outbound(ordered, resources.Version),
            Inbound = ListenerCompiler.Inbound(ordered, context),
            Clusters = clusters,
            Missing = [.. resources.Missing().Select(r => r.ToString()).Order(StringComparer.Ordinal)],
            Origin = new CompiledSet
            {
                Clusters = compiledClusters,
                Routes = routes,
                Listeners = listeners,
            },
        };
    }

    private static CompiledSet.CompiledCluster Cluster(
        ClusterSettings settings,
        XdsSet resources,
        CompileContext context,
        CompiledSet.CompiledCluster? previous
    )
    {
        var assigned =
            settings.EndpointsName is { } name && resources.Of(TypeUrls.Endpoints).TryGetValue(name, out var entry)
                ? entry.Meaning<AssignedEndpoints>()
                : null;
        var endpoints = settings.EndpointsName is null ? default : assigned?.All ?? [];
        if (
            previous is not null
            && ReferenceEquals(previous.Settings, settings)
            && ReferenceEquals(previous.Assigned, assigned)
            && (
                settings.Kind != ClusterKind.Dns
                || ClusterCompiler
                    .AddressesOf(settings, endpoints, context)
                    .SequenceEqual(previous.Cluster.Endpoints.Select(e => e.Address))
            )
        )
        {
            return previous;
        }

        return new(settings, assigned, ClusterCompiler.Compile(settings, endpoints, context, previous?.Cluster));
    }
}
