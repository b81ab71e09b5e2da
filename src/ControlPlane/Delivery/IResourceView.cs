using System.Diagnostics.CodeAnalysis;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>
/// One published state of the mesh, seen as resources: what Generation makes of one snapshot. Immutable: the same
/// question always has the same answer, from any thread, because every stream asks it on its own.
/// </summary>
/// <remarks>
/// How to implement it: hold the snapshot; build a node's <see cref="ResourceSet"/> the first time it is asked for and
/// keep it (a <c>ConcurrentDictionary</c> keyed by what the result depends on: kind, namespace, labels, capture mode; not by node id where
/// nodes get the same). Reuse <see cref="XdsResource"/> objects and whole <see cref="TypeResources"/> of the view before
/// where the input did not change: they are compared by version, but equal references are found equal at once.
/// A set should be complete: every route's clusters and every cluster's endpoints are in it (empty ones too), or
/// <see cref="TryFind"/> answers for them. Throwing ends only the stream that asked.
/// </remarks>
internal interface IResourceView
{
    /// <summary>Names the state in logs and in <c>/debug/syncz</c>; content hash or counter.</summary>
    string Version { get; }

    /// <summary>
    /// <see cref="TimeProvider.GetTimestamp"/> of the earliest change that this state contains and the one before did not;
    /// zero where unknown (the first state). Feeds <c>config_change_to_ack_seconds</c>; a stream that was too slow for a state
    /// and skipped it measures from the one it took.
    /// </summary>
    long ChangedAt { get; }

    /// <summary>
    /// The service account, <c>NAMESPACE/NAME</c>, of the workload whose configuration this node gets; null where no object describes it and the node's own
    /// word is all there is.
    /// </summary>
    string? AccountOf(NodeInfo node) => null;

    /// <summary>Everything a wildcard subscription of this node holds.</summary>
    ResourceSet ResourcesFor(NodeInfo node);

    /// <summary>
    /// The resource of one name, asked for explicitly; false where there is none. Overridden where resources exist only
    /// when somebody asks for them, such as the listeners named <c>host:port</c> of proxyless gRPC clients.
    /// The answer must be cheap when repeated: it is asked again for every name at every change.
    /// </summary>
    bool TryFind(NodeInfo node, string typeUrl, string name, [NotNullWhen(true)] out XdsResource? resource) =>
        ResourcesFor(node).TryGet(typeUrl, name, out resource);
}
