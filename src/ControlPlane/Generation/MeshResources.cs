using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using Mesh.ControlPlane.Delivery;
using Mesh.ControlPlane.Model;
using Mesh.Xds;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// What every node gets from one snapshot. Made when the first node of a kind asks, shared by all of that kind, and put together from resources
/// of earlier snapshots where their inputs are the same.
/// </summary>
internal sealed class MeshResources : IResourceView
{
    private readonly MeshSnapshot snapshot;
    private readonly Dictionary<Service, ServiceShape> shapes;
    private readonly GenerationMemo memo;
    private readonly FrozenSet<string> relevantLabels;
    private readonly bool localityMatters;
    private readonly ConcurrentDictionary<(ClientView View, string Labels, Locality Locality), Lazy<Client>> clients = new();
    private readonly ConcurrentDictionary<Client, Lazy<SidecarOutbound>> sidecars = new();
    private readonly ConcurrentDictionary<(Client Client, bool RingHash), Lazy<ResourceSet>> libraries = new();
    private readonly ConcurrentDictionary<string, ResourceSet> nodes = new(StringComparer.Ordinal);

    public MeshResources(MeshSnapshot snapshot, Dictionary<Service, ServiceShape> shapes, GenerationMemo memo, long number, long changedAt)
    {
        this.snapshot = snapshot;
        this.shapes = shapes;
        this.memo = memo;
        Version = number.ToString(CultureInfo.InvariantCulture);
        ChangedAt = changedAt;
        relevantLabels = RelevantLabels(snapshot);
        localityMatters = snapshot.Policies.Any(policy => LocalityView.Matters(policy, snapshot.Settings));
    }

    /// <summary>Counts the snapshots of this process; resources have versions of their own.</summary>
    public string Version { get; }

    public long ChangedAt { get; }

    public ResourceSet ResourcesFor(NodeInfo node) =>
        nodes.GetOrAdd(node.Fingerprint, static (_, arguments) => arguments.Self.Build(arguments.Node), (Self: this, Node: node));

    public string? AccountOf(NodeInfo node) => WorkloadOf(node) is { } workload ? $"{workload.Namespace}/{workload.ServiceAccount}" : null;

    private ResourceSet Build(NodeInfo node)
    {
        if (node.Kind == NodeKind.Gateway)
        {
            // Gateways are told nothing rather than what is meant for sidecars.
            return ResourceSet.Empty;
        }

        var workload = WorkloadOf(node);
        // A node's own word counts only where no object describes it.
        var labels = workload?.Labels ?? Labels.From(node.Labels);
        var isKnown = workload is not null || node.Labels.Count > 0;
        var client = ClientFor(workload?.Namespace ?? node.Namespace, labels, LocalityOf(workload, node));
        return node.Kind == NodeKind.Grpc
            ? libraries
                .GetOrAdd(
                    (client, GrpcLibraries.CanRingHash(node)),
                    key => new(() => GrpcGenerator.Generate(key.Client, key.RingHash, memo))
                )
                .Value
            : SidecarGenerator.Complete(
                sidecars.GetOrAdd(client, key => new(() => SidecarGenerator.Outbound(key, memo))).Value,
                workload,
                InboundTokens.Of(snapshot, workload?.Namespace ?? node.Namespace, labels),
                InboundAccess.Of(snapshot, workload?.Namespace ?? node.Namespace, isKnown ? labels : null),
                snapshot.PeersOf(workload?.Namespace ?? node.Namespace, isKnown ? labels : null),
                snapshot.Settings,
                memo
            );
    }

    private Workload? WorkloadOf(NodeInfo node) =>
        (node.PodName.Length > 0 ? snapshot.WorkloadNamed(node.Namespace, node.PodName) : null)
        ?? (node.Ip.Length > 0 ? snapshot.WorkloadAt(node.Ip) : null);

    // A node's own word counts only where no object knows better.
    private Locality LocalityOf(Workload? workload, NodeInfo node) =>
        !localityMatters ? Locality.Unknown
        : workload is not null && workload.Locality != Locality.Unknown ? workload.Locality
        : new(node.Region, node.Zone, node.SubZone);

    private Client ClientFor(string clientNamespace, Labels labels, Locality locality)
    {
        var view = snapshot.ViewFor(clientNamespace, labels);
        var relevant = Labels.From(labels.Values.Where(label => relevantLabels.Contains(label.Key)));
        return clients
            .GetOrAdd(
                (view, relevant.ToString(), locality),
                key => new(() => Client.Create(snapshot, key.View, relevant, key.Locality, shapes))
            )
            .Value;
    }

    /// <summary>The labels that any rule asks its clients for: all others make no difference between nodes.</summary>
    private static FrozenSet<string> RelevantLabels(MeshSnapshot snapshot)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var set in snapshot.Routes)
        {
            keys.UnionWith(set.Http.SelectMany(rule => rule.Matches).SelectMany(match => match.SourceLabels.Values.Keys));
            keys.UnionWith(set.Tcp.SelectMany(rule => rule.SourceLabels.Values.Keys));
        }

        keys.UnionWith(snapshot.Policies.SelectMany(policy => policy.WorkloadSelector.Values.Keys));
        keys.UnionWith(snapshot.Policies.SelectMany(LocalityView.LabelsOf));
        return keys.ToFrozenSet(StringComparer.Ordinal);
    }
}
