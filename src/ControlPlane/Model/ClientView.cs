using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>The part of the mesh that clients of one namespace under one Sidecar can see; built once, shared by all of them.</summary>
internal sealed class ClientView
{
    // Made anew for every namespace and snapshot: freezing them would cost more than all their look-ups.
    private readonly Dictionary<string, Service> services;
    private readonly Dictionary<string, RouteSet> routes;
    private readonly bool hasWildcards;

    private ClientView(
        string clientNamespace,
        SidecarScope? scope,
        bool registryOnly,
        ImmutableArray<Service> services,
        ImmutableArray<HostRoutes> routes
    )
    {
        Namespace = clientNamespace;
        Scope = scope;
        RegistryOnly = registryOnly;
        Services = services;
        Routes = routes;
        this.services = services.ToDictionary(service => service.Host, StringComparer.Ordinal);
        this.routes = routes.ToDictionary(entry => entry.Host, entry => entry.Routes, StringComparer.Ordinal);
        hasWildcards = routes.Any(entry => HostPattern.IsWildcard(entry.Host));
    }

    /// <summary>The clients' namespace.</summary>
    public string Namespace { get; }

    /// <summary>The Sidecar in force; null where there is none.</summary>
    public SidecarScope? Scope { get; }

    /// <summary>Whether unknown destinations are refused, by the Sidecar or the mesh.</summary>
    public bool RegistryOnly { get; }

    /// <summary>What can be dialled, one service a host, sorted by host.</summary>
    public ImmutableArray<Service> Services { get; }

    /// <summary>The hosts that sidecar routes govern and who won each, sorted by host; also hosts that no service has.</summary>
    public ImmutableArray<HostRoutes> Routes { get; }

    /// <summary>The service of exactly this host; null for none.</summary>
    public Service? ServiceFor(string host) => services.GetValueOrDefault(host);

    /// <summary>The routes of a full host name, of the most specific host that has any; null where the service is dialled plainly.</summary>
    public RouteSet? RoutesFor(string host)
    {
        if (!hasWildcards)
        {
            return routes.GetValueOrDefault(host);
        }

        foreach (var owner in HostPattern.Owners(host))
        {
            if (routes.TryGetValue(owner, out var found))
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The services that one egress listener of the Sidecar opens.</summary>
    public ImmutableArray<Service> ServicesOf(EgressListener listener) =>
        [.. Services.Where(service => Imports(listener, service.Namespace, service.Host))];

    internal static ClientView Build(MeshSnapshot snapshot, string clientNamespace, SidecarScope? scope)
    {
        var routes = new Dictionary<string, RouteSet>(StringComparer.Ordinal);
        foreach (var set in snapshot.Routes)
        {
            if (!set.InMesh || !set.Visibility.Allows(clientNamespace))
            {
                continue;
            }

            foreach (var host in set.Hosts)
            {
                // Routes come in the order of conflicts: the first that has a host keeps it.
                if (scope is null || scope.Egress.Any(listener => Imports(listener, set.Namespace, host)))
                {
                    routes.TryAdd(host, set);
                }
            }
        }

        // What an imported route names is needed to carry it, imported or not (as Istio does).
        var named = scope is null ? [] : Destinations(routes.Values);
        // In a snapshot services come sorted by host, those of one host one after the other.
        var services = ImmutableArray.CreateBuilder<Service>();
        foreach (var service in snapshot.Services)
        {
            if (!service.Visibility.Allows(clientNamespace))
            {
                continue;
            }

            if (
                scope is null
                || named.Contains(service.Host)
                || scope.Egress.Any(listener => Imports(listener, service.Namespace, service.Host))
            )
            {
                if (services.Count == 0 || services[^1].Host != service.Host)
                {
                    services.Add(service);
                }
                else if (service.Namespace == clientNamespace && services[^1].Namespace != clientNamespace)
                {
                    services[^1] = service;
                }
            }
        }

        return new(
            clientNamespace,
            scope,
            scope?.RegistryOnly ?? snapshot.Settings.RegistryOnly,
            services.ToImmutable(),
            [.. routes.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => new HostRoutes(entry.Key, entry.Value))]
        );
    }

    private static bool Imports(EgressListener listener, string objectNamespace, string host)
    {
        foreach (var import in listener.Hosts)
        {
            if (
                (import.Namespace == "*" || string.Equals(import.Namespace, objectNamespace, StringComparison.Ordinal))
                && HostPattern.Overlap(import.Host, host)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static HashSet<string> Destinations(IEnumerable<RouteSet> routes)
    {
        var hosts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var set in routes)
        {
            hosts.UnionWith(
                set.Http.Select(rule => rule.Action).OfType<RuleAction.Forward>().SelectMany(f => f.Destinations).Select(d => d.Host)
            );
            hosts.UnionWith(
                set.Http.Select(rule => rule.Action).OfType<RuleAction.Forward>().SelectMany(f => f.Mirrors).Select(mirror => mirror.Host)
            );
            hosts.UnionWith(set.Tcp.SelectMany(rule => rule.Destinations).Select(destination => destination.Host));
        }

        return hosts;
    }
}
