using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Generation;

/// <summary>One kind of client: a namespace, the Sidecar in force and the labels that rules ask for. All nodes of a kind get the same outbound side.</summary>
internal sealed class Client
{
    // Istio gives hosts that no service has a place on port 80.
    private const int BareHostPort = 80;

    private readonly ClientView view;
    private readonly MeshSnapshot snapshot;
    private readonly Dictionary<string, VisibleService> byHost;

    // Host and policy of each service whose requests are kept to an endpoint: what routes say of other hosts depends on these.
    private readonly ImmutableArray<object?> hashes;
    private MemoEntry? hashEntry;

    private Client(MeshSnapshot snapshot, ClientView view, Labels labels, Locality locality, ImmutableArray<VisibleService> services)
    {
        this.snapshot = snapshot;
        this.view = view;
        Labels = labels;
        Locality = locality;
        Services = services;
        byHost = services.ToDictionary(service => service.Shape.Host, StringComparer.Ordinal);
        hashes =
        [
            .. services
                .Where(service => HasHash(service.Policy))
                .SelectMany(service => new object?[] { service.Shape.Host, service.Policy }),
        ];
        BareHosts = [.. view.Routes.Where(entry => view.ServiceFor(entry.Host) is null && entry.Routes.Http.Length > 0)];
    }

    public string Namespace => view.Namespace;

    /// <summary>Where it runs, where that makes a difference; else unknown.</summary>
    public Locality Locality { get; }

    /// <summary>Only those that some rule of the mesh asks for.</summary>
    public Labels Labels { get; }

    public MeshSettings Settings => snapshot.Settings;

    /// <summary>What says who takes plaintext only, for a <see cref="MemoKey"/>; nothing where nobody does.</summary>
    public ImmutableArray<PeerRule> Plaintext =>
        snapshot.Peers.Any(rule => rule.Mode == PeerMode.Disable || rule.Ports.ContainsValue(PeerMode.Disable)) ? snapshot.Peers : [];

    /// <summary>The endpoint takes mutual TLS: a sidecar stands before it that was not told otherwise.</summary>
    public bool TakesMutualTls(ServiceEndpoint endpoint) =>
        endpoint.Workload is { HasSidecar: true } workload
        && snapshot.PeersOf(workload.Namespace, workload.Labels).At(endpoint.Port) != PeerMode.Disable;

    public bool RegistryOnly => view.RegistryOnly;

    /// <summary>Sorted by host.</summary>
    public ImmutableArray<VisibleService> Services { get; }

    /// <summary>Hosts with routes that are no service's, sorted.</summary>
    public ImmutableArray<HostRoutes> BareHosts { get; }

    /// <summary>The listeners that the Sidecar opens at addresses of its own.</summary>
    public ImmutableArray<EgressListener> OwnListeners =>
        view.Scope is null ? [] : [.. view.Scope.Egress.Where(listener => listener.Port is not null)];

    /// <summary>What every outbound resource of this client may depend on, for a <see cref="MemoKey"/>.</summary>
    public IEnumerable<object?> Inputs(GenerationMemo memo) =>
        [Namespace, Labels.ToString(), RegistryOnly, Settings.DnsDomain, Settings.Paths, Hashes(memo)];

    /// <summary>What the routes of a VirtualService (null: of a service without one) depend on beside it, for a <see cref="MemoKey"/>.</summary>
    public IEnumerable<object?> RouteInputs(RouteSet? set, GenerationMemo memo)
    {
        // Which of several rules counts for a destination is decided by client; without any, all clients are equal.
        if (!hashes.IsEmpty || (set is not null && AsksForClients(set)))
        {
            yield return Namespace;
            yield return Labels.ToString();
            yield return Hashes(memo);
        }
    }

    /// <summary>All that <see cref="RouteInputs"/> can be made of: clients with the same have equal routes of equal VirtualServices.</summary>
    public ImmutableArray<object?> RouteContext => [Namespace, Labels.ToString(), RegistryOnly.ToString(), .. hashes];

    public static Client Create(
        MeshSnapshot snapshot,
        ClientView view,
        Labels labels,
        Locality locality,
        IReadOnlyDictionary<Service, ServiceShape> shapes
    ) =>
        new(
            snapshot,
            view,
            labels,
            locality,
            [
                .. view
                    .Services.Select(service => new VisibleService(
                        shapes[service],
                        service.Endpoints,
                        view.RoutesFor(service.Host),
                        snapshot.PolicyFor(view.Namespace, labels, service)
                    )
                    {
                        Accounts = service.Accounts,
                        HasSidecars = service.HasSidecars,
                    })
                    .OrderBy(service => service.Shape.Host, StringComparer.Ordinal),
            ]
        );

    /// <summary>What keeps requests to one endpoint of a destination; null for nothing.</summary>
    /// <param name="port">Of a destination that names none.</param>
    public ConsistentHash? HashOf(WeightedDestination destination, int port) =>
        byHost.TryGetValue(destination.Host, out var service)
            ? HashOf(service, destination.Subset, destination.Port == 0 ? port : destination.Port)
            : null;

    /// <summary>The same for a service without rules.</summary>
    public static ConsistentHash? HashOf(VisibleService service, string subset, int port) =>
        service.Policy?.EffectiveFor(subset, port).LoadBalancing?.Hash;

    /// <summary>What is dialled through the captured ports, by port.</summary>
    public ImmutableArray<PortPlan> CapturedPorts()
    {
        // With a Sidecar, services come through the listeners that import them; those of listeners with a port only there.
        var captured = view.Scope is null
            ? null
            : view
                .Scope.Egress.Where(listener => listener.Port is null)
                .SelectMany(listener => view.ServicesOf(listener))
                .Select(service => service.Host)
                .ToHashSet(StringComparer.Ordinal);
        var services = Services
            .Where(service => captured is null || captured.Contains(service.Shape.Host))
            .SelectMany(service => Ports(service))
            .ToLookup(entry => entry.Port.Number);
        var bare = BareHosts.SelectMany(entry => PortsOf(entry).Select(port => (port, entry))).ToLookup(p => p.port, p => p.entry);

        return
        [
            .. services
                .Select(group => group.Key)
                .Union(bare.Select(group => group.Key))
                .Order()
                .Select(port => new PortPlan(port, [.. services[port]], [.. bare[port]])),
        ];
    }

    /// <summary>What is dialled through one listener of the Sidecar's own: services that have its port, else services that have only one.</summary>
    public PortPlan PlanFor(EgressListener listener)
    {
        var hosts = view.ServicesOf(listener).Select(service => service.Host).ToHashSet(StringComparer.Ordinal);
        var http = OutboundListenerGenerator.IsHttp(listener);
        var entries = Services
            .Where(service => hosts.Contains(service.Shape.Host))
            .Select(service =>
                Ports(service).Where(entry => entry.Port.Number == listener.Port).Take(1).ToArray() is [var exact] ? exact
                : Ports(service).ToArray() is [var only] ? only
                : default
            )
            .Where(entry => entry.Service is not null);
        return new(listener.Port ?? 0, [.. entries], http ? BareHosts : []);
    }

    /// <summary>The ports at which a host without service can be dialled: those its rules name, and 80.</summary>
    public static IEnumerable<int> PortsOf(HostRoutes host) =>
        host.Routes.Http.SelectMany(rule => rule.Matches).Select(match => match.Port).OfType<int>().Append(BareHostPort).Distinct();

    // There may be as many as services: one object stands for all of them.
    private object? Hashes(GenerationMemo memo) =>
        hashes.IsEmpty ? null : hashEntry ??= memo.Entry(new MemoKey(["hashes", .. hashes]), () => new object());

    private static bool AsksForClients(RouteSet set) =>
        set.Http.Any(rule => rule.Matches.Any(match => !match.SourceLabels.Values.IsEmpty || match.SourceNamespace is not null));

    // Routes name what a DestinationRule writes, but only of these.
    private static bool HasHash(DestinationPolicy? policy) =>
        policy is not null
        && policy
            .Subsets.Select(subset => subset.Policy)
            .Append(policy.Policy)
            .SelectMany(level => level.Ports.Select(port => port.Policy).Append(level))
            .Any(level => level.LoadBalancing?.Hash is not null);

    private static IEnumerable<PortService> Ports(VisibleService service) =>
        service
            .Shape.Ports.Where(port => port.Protocol != PortProtocol.Udp)
            .DistinctBy(port => port.Number)
            .Select(port => new PortService(service, port));
}
