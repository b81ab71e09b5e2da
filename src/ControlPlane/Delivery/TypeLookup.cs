using System.Diagnostics.CodeAnalysis;
using Mesh.Xds;

namespace Mesh.ControlPlane.Delivery;

/// <summary>One type of one view as one node sees it: what a wildcard holds, and what a name means.</summary>
internal readonly struct TypeLookup(IResourceView view, NodeInfo node, TypeResources all)
{
    public IResourceView View => view;

    public TypeResources All { get; } = all;

    /// <summary>A resource under another name than asked for would confuse the client, so it counts as missing.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out XdsResource? resource) =>
        All.TryGet(name, out resource) || (view.TryFind(node, All.TypeUrl, name, out resource) && resource.Name == name);
}
