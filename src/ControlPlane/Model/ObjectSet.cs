using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Config.Specs;

namespace Mesh.ControlPlane.Model;

/// <summary>All objects in force at one moment, sorted by key; what a source publishes and translation reads.</summary>
/// <remarks>A kind of which nothing changed keeps its array by reference, which is how translation knows what to keep.</remarks>
internal sealed class ObjectSet
{
    private ObjectSet(ImmutableArray<ConfigObject> all, ObjectSet? previous)
    {
        All = all;
        Services = Select(all, previous?.Services);
        EndpointSlices = Select(all, previous?.EndpointSlices);
        Pods = Select(all, previous?.Pods);
        Namespaces = Select(all, previous?.Namespaces);
        Nodes = Select(all, previous?.Nodes);
        ServiceEntries = Select(all, previous?.ServiceEntries);
        WorkloadEntries = Select(all, previous?.WorkloadEntries);
        VirtualServices = Select(all, previous?.VirtualServices);
        DestinationRules = Select(all, previous?.DestinationRules);
        Sidecars = Select(all, previous?.Sidecars);
        Gateways = Select(all, previous?.Gateways);
        PeerAuthentications = Select(all, previous?.PeerAuthentications);
        AuthorizationPolicies = Select(all, previous?.AuthorizationPolicies);
        RequestAuthentications = Select(all, previous?.RequestAuthentications);
        MeshConfigs = Select(all, previous?.MeshConfigs);
    }

    /// <summary>Nothing.</summary>
    public static ObjectSet Empty { get; } = new([], null);

    public ImmutableArray<ConfigObject> All { get; }

    public ImmutableArray<ConfigObject<ServiceSpec>> Services { get; }

    public ImmutableArray<ConfigObject<EndpointSliceSpec>> EndpointSlices { get; }

    public ImmutableArray<ConfigObject<PodSpec>> Pods { get; }

    public ImmutableArray<ConfigObject<NamespaceSpec>> Namespaces { get; }

    public ImmutableArray<ConfigObject<NodeSpec>> Nodes { get; }

    public ImmutableArray<ConfigObject<ServiceEntrySpec>> ServiceEntries { get; }

    public ImmutableArray<ConfigObject<WorkloadEntrySpec>> WorkloadEntries { get; }

    public ImmutableArray<ConfigObject<VirtualServiceSpec>> VirtualServices { get; }

    public ImmutableArray<ConfigObject<DestinationRuleSpec>> DestinationRules { get; }

    public ImmutableArray<ConfigObject<SidecarSpec>> Sidecars { get; }

    public ImmutableArray<ConfigObject<GatewaySpec>> Gateways { get; }

    public ImmutableArray<ConfigObject<PeerAuthenticationSpec>> PeerAuthentications { get; }

    public ImmutableArray<ConfigObject<AuthorizationPolicySpec>> AuthorizationPolicies { get; }

    public ImmutableArray<ConfigObject<RequestAuthenticationSpec>> RequestAuthentications { get; }

    public ImmutableArray<ConfigObject<MeshConfigSpec>> MeshConfigs { get; }

    /// <summary>A set of these objects; of two with one key the first counts. What equals the previous set is shared with it.</summary>
    public static ObjectSet From(IEnumerable<ConfigObject> objects, ObjectSet? previous = null)
    {
        var byKey = new SortedDictionary<ObjectKey, ConfigObject>();
        foreach (var item in objects)
        {
            byKey.TryAdd(item.Key, item);
        }

        ImmutableArray<ConfigObject> all = [.. byKey.Values];
        return previous is not null && References.Same(all, previous.All) ? previous : new(all, previous);
    }

    private static ImmutableArray<ConfigObject<TSpec>> Select<TSpec>(
        ImmutableArray<ConfigObject> all,
        ImmutableArray<ConfigObject<TSpec>>? previous
    )
        where TSpec : class, IObjectSpec
    {
        ImmutableArray<ConfigObject<TSpec>> now = [.. all.OfType<ConfigObject<TSpec>>()];
        return previous is { } before && References.Same(now, before) ? before : now;
    }
}
