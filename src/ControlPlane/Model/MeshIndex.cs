using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>The lookups behind a snapshot: each rule of precedence between objects is written here once.</summary>
internal sealed class MeshIndex
{
    private readonly MeshSnapshot snapshot;
    private readonly FrozenDictionary<string, ImmutableArray<Service>> services;
    private readonly FrozenDictionary<string, ImmutableArray<RouteSet>> routes;
    private readonly FrozenDictionary<(string Namespace, string Host), ImmutableArray<DestinationPolicy>> policies;
    private readonly FrozenDictionary<string, bool> policyNamespaces;
    private readonly FrozenDictionary<string, ImmutableArray<SidecarScope>> scopes;
    private readonly FrozenDictionary<string, Workload> workloadsByAddress;
    private readonly FrozenDictionary<(string Namespace, string Name), Workload> workloadsByName;

    // Views are made when the first client of their kind asks; an index lives as long as its snapshot.
    private readonly ConcurrentDictionary<(string Namespace, SidecarScope? Scope), ClientView> views = new(ViewKeyComparer.Instance);

    private MeshIndex(MeshSnapshot snapshot)
    {
        this.snapshot = snapshot;
        Peers = PeerIndex.Build(snapshot.Peers, snapshot.Settings.RootNamespace);
        services = Group(snapshot.Services.Select(service => (service.Host, service)));
        routes = Group(snapshot.Routes.Where(set => set.InMesh).SelectMany(set => set.Hosts.Select(host => (host, set))));
        policies = Group(snapshot.Policies.Select(policy => ((policy.Namespace, policy.Host), policy)));
        // Whether any of its policies is for a wildcard; mostly none is, which spares a look-up for each part of a host's name.
        policyNamespaces = snapshot
            .Policies.GroupBy(policy => policy.Namespace, StringComparer.Ordinal)
            .ToFrozenDictionary(
                group => group.Key,
                group => group.Any(policy => HostPattern.IsWildcard(policy.Host)),
                StringComparer.Ordinal
            );
        scopes = Group(snapshot.Scopes.Select(scope => (scope.Namespace, scope)));
        workloadsByAddress = Group(snapshot.Workloads.SelectMany(w => w.Addresses.Select(address => (address, w))))
            .ToFrozenDictionary(pair => pair.Key, pair => pair.Value[0]);
        workloadsByName = Group(snapshot.Workloads.Select(w => ((w.Namespace, w.Name), w)))
            .ToFrozenDictionary(pair => pair.Key, pair => pair.Value[0]);
    }

    public PeerIndex Peers { get; }

    public static MeshIndex Build(MeshSnapshot snapshot) => new(snapshot);

    public ClientView ViewFor(string clientNamespace, Labels clientLabels) =>
        views.GetOrAdd(
            (clientNamespace, ScopeFor(clientNamespace, clientLabels)),
            static (key, snapshot) => ClientView.Build(snapshot, key.Namespace, key.Scope),
            snapshot
        );

    public Service? ServiceFor(string clientNamespace, string host) =>
        services.TryGetValue(host, out var candidates) ? Service.Meant(candidates, clientNamespace) : null;

    public RouteSet? RoutesFor(string clientNamespace, string host)
    {
        foreach (var owner in HostPattern.Owners(host))
        {
            if (routes.TryGetValue(owner, out var candidates))
            {
                foreach (var set in candidates)
                {
                    if (set.Visibility.Allows(clientNamespace))
                    {
                        return set;
                    }
                }
            }
        }

        return null;
    }

    public DestinationPolicy? PolicyFor(string clientNamespace, Labels clientLabels, Service service)
    {
        var root = snapshot.Settings.RootNamespace;

        // Istio looks at the root namespace last, also for clients that live there.
        var own = string.Equals(clientNamespace, root, StringComparison.Ordinal)
            ? null
            : PolicyIn(clientNamespace, clientNamespace, clientLabels, service.Host);
        return own
            ?? PolicyIn(service.Namespace, clientNamespace, clientLabels, service.Host)
            ?? PolicyIn(root, clientNamespace, clientLabels, service.Host);
    }

    public SidecarScope? ScopeFor(string clientNamespace, Labels clientLabels) =>
        ScopeIn(clientNamespace, clientLabels) ?? ScopeIn(snapshot.Settings.RootNamespace, Labels.Empty);

    public Workload? WorkloadAt(string address) => workloadsByAddress.GetValueOrDefault(address);

    public Workload? WorkloadNamed(string workloadNamespace, string name) => workloadsByName.GetValueOrDefault((workloadNamespace, name));

    private DestinationPolicy? PolicyIn(string level, string clientNamespace, Labels clientLabels, string host)
    {
        if (!policyNamespaces.TryGetValue(level, out var hasWildcards))
        {
            return null;
        }

        if (!hasWildcards)
        {
            return PolicyOf(level, clientNamespace, clientLabels, host);
        }

        foreach (var owner in HostPattern.Owners(host))
        {
            if (PolicyOf(level, clientNamespace, clientLabels, owner) is { } policy)
            {
                return policy;
            }
        }

        return null;
    }

    private DestinationPolicy? PolicyOf(string level, string clientNamespace, Labels clientLabels, string owner)
    {
        DestinationPolicy? general = null;
        foreach (var policy in policies.GetValueOrDefault((level, owner), []))
        {
            if (!policy.Visibility.Allows(clientNamespace))
            {
                continue;
            }

            if (policy.WorkloadSelector.Values.IsEmpty)
            {
                general ??= policy;
            }
            else if (
                // A selector speaks of workloads of the rule's own namespace.
                string.Equals(level, clientNamespace, StringComparison.Ordinal) && clientLabels.Satisfies(policy.WorkloadSelector)
            )
            {
                return policy;
            }
        }

        return general;
    }

    private SidecarScope? ScopeIn(string scopeNamespace, Labels labels)
    {
        if (!scopes.TryGetValue(scopeNamespace, out var candidates))
        {
            return null;
        }

        SidecarScope? general = null;
        foreach (var scope in candidates)
        {
            if (scope.WorkloadSelector.Values.IsEmpty)
            {
                general ??= scope;
            }
            else if (labels.Satisfies(scope.WorkloadSelector))
            {
                return scope;
            }
        }

        return general;
    }

    private static FrozenDictionary<TKey, ImmutableArray<TValue>> Group<TKey, TValue>(IEnumerable<(TKey Key, TValue Value)> entries)
        where TKey : notnull
    {
        var groups = new Dictionary<TKey, ImmutableArray<TValue>.Builder>();
        foreach (var (key, value) in entries)
        {
            if (!groups.TryGetValue(key, out var group))
            {
                groups.Add(key, group = ImmutableArray.CreateBuilder<TValue>());
            }

            group.Add(value);
        }

        return groups.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToImmutable());
    }

    // Scopes are told apart by reference: comparing two records would compare all their imports.
    private sealed class ViewKeyComparer : IEqualityComparer<(string Namespace, SidecarScope? Scope)>
    {
        public static ViewKeyComparer Instance { get; } = new();

        public bool Equals((string Namespace, SidecarScope? Scope) x, (string Namespace, SidecarScope? Scope) y) =>
            ReferenceEquals(x.Scope, y.Scope) && string.Equals(x.Namespace, y.Namespace, StringComparison.Ordinal);

        public int GetHashCode((string Namespace, SidecarScope? Scope) key) =>
            HashCode.Combine(
                string.GetHashCode(key.Namespace, StringComparison.Ordinal),
                key.Scope is null ? 0 : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(key.Scope)
            );
    }
}
