using System.Collections.Immutable;
using Mesh.Config;
using Mesh.Kubernetes;

namespace Mesh.ControlPlane.Sources.Kubernetes;

/// <summary>One kind to follow in a cluster: all of its objects, or only those that mean something.</summary>
/// <param name="Namespace">Null for every namespace.</param>
internal sealed record ClusterCollection(KnownKind Kind, string? Namespace, ListOptions Options)
{
    /// <summary>Everything that translation reads.</summary>
    /// <param name="rootNamespace">The one ConfigMap that counts, the mesh's configuration, is there.</param>
    public static ImmutableArray<ClusterCollection> All(string rootNamespace) =>
        [
            .. KnownKind.All.Select(kind =>
                kind.Kind == "ConfigMap"
                    ? new ClusterCollection(kind, rootNamespace, new ListOptions(null, "metadata.name=istio"))
                    : new ClusterCollection(kind, null, ListOptions.All)
            ),
        ];

    /// <summary>As the API serves it in a version.</summary>
    public ApiResource Resource(string version) => new(Kind.Group, version, Kind.Plural, Kind.Kind, Kind.IsNamespaced);
}
