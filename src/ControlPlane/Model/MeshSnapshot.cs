using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>
/// What all accepted objects mean together: immutable, sorted, valid by construction. Translation makes it, generation reads it;
/// it knows neither YAML nor the wire.
/// </summary>
/// <param name="Services">By host; where several declare one host, in the order of conflicts (platform first, older, namespace).</param>
/// <param name="Workloads">By namespace and name.</param>
/// <param name="Routes">In the order of conflicts: older, then namespace/name.</param>
/// <param name="Policies">In the order of conflicts: older, then namespace/name.</param>
/// <param name="Scopes">In the order of conflicts: older, then namespace/name.</param>
internal sealed record MeshSnapshot(
    MeshSettings Settings,
    ImmutableArray<Service> Services,
    ImmutableArray<Workload> Workloads,
    ImmutableArray<RouteSet> Routes,
    ImmutableArray<DestinationPolicy> Policies,
    ImmutableArray<SidecarScope> Scopes
)
{
    private MeshIndex? index;

    // A copy (`with`) has other contents and must not inherit the index.
    private MeshSnapshot(MeshSnapshot other)
    {
        Settings = other.Settings;
        Services = other.Services;
        Workloads = other.Workloads;
        Routes = other.Routes;
        Policies = other.Policies;
        Scopes = other.Scopes;
        Tokens = other.Tokens;
        Access = other.Access;
        Peers = other.Peers;
    }

    /// <summary>Whose tokens are taken.</summary>
    public TokenSet Tokens { get; init; } = TokenSet.Empty;

    /// <summary>Who may do what.</summary>
    public AccessSet Access { get; init; } = AccessSet.Empty;

    /// <summary>PeerAuthentications in the order in which they win: refused, then older, then namespace/name.</summary>
    public ImmutableArray<PeerRule> Peers { get; init; } = [];

    /// <summary>The mesh before any object was read.</summary>
    public static MeshSnapshot Empty { get; } = new(MeshSettings.Default, [], [], [], [], []);

    // Two threads may both build it; either result serves.
    private MeshIndex Index => index ??= MeshIndex.Build(this);

    /// <summary>What a client of this namespace with these labels can see, with its Sidecar applied; shared by equal clients.</summary>
    public ClientView ViewFor(string clientNamespace, Labels clientLabels) => Index.ViewFor(clientNamespace, clientLabels);

    /// <summary>The service a client of this namespace means by a full host name; its own namespace's first. Ignores Sidecar scopes.</summary>
    public Service? ServiceFor(string clientNamespace, string host) => Index.ServiceFor(clientNamespace, host);

    /// <summary>The sidecar routes of a full host name: the most specific host that is visible, then the older. Ignores Sidecar scopes.</summary>
    public RouteSet? RoutesFor(string clientNamespace, string host) => Index.RoutesFor(clientNamespace, host);

    /// <summary>
    /// The DestinationRule for a client's traffic to a service: client's namespace, then the service's (exported), then the root's; the most
    /// specific host within a level; nothing is inherited across levels.
    /// </summary>
    public DestinationPolicy? PolicyFor(string clientNamespace, Labels clientLabels, Service service) =>
        Index.PolicyFor(clientNamespace, clientLabels, service);

    /// <summary>The Sidecar of a workload: one that selects it, then one for its whole namespace, then the root namespace's; null for none.</summary>
    public SidecarScope? ScopeFor(string clientNamespace, Labels clientLabels) => Index.ScopeFor(clientNamespace, clientLabels);

    /// <summary>The workload that has this address; null for none.</summary>
    public Workload? WorkloadAt(string address) => Index.WorkloadAt(address);

    /// <summary>The workload of this name; null for none.</summary>
    public Workload? WorkloadNamed(string workloadNamespace, string name) => Index.WorkloadNamed(workloadNamespace, name);

    /// <summary>How a workload takes connections, whether or not an object describes it.</summary>
    public WorkloadPeers PeersOf(string workloadNamespace, Labels? labels) => Index.Peers.For(workloadNamespace, labels);

    /// <summary>Which PeerAuthentication says so for one of its ports; null where none does.</summary>
    public PeerRule? PeerRuleOf(string workloadNamespace, Labels labels, int port) => Index.Peers.RuleOf(workloadNamespace, labels, port);

    /// <summary>Snapshots are compared by reference: a new one is published only where something changed.</summary>
    public bool Equals(MeshSnapshot? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
