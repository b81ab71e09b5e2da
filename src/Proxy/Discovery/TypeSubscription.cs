using System.Collections.Immutable;
using Mesh.Proxy.Configuration;

namespace Mesh.Proxy.Discovery;

/// <summary>What <see cref="AdsSession"/> keeps about one resource type.</summary>
internal sealed class TypeSubscription(string typeUrl, bool wildcard)
{
    public string TypeUrl { get; } = typeUrl;

    /// <summary>All resources that the control plane has for this node, whatever their names.</summary>
    public bool Wildcard { get; } = wildcard;

    /// <summary>Names asked for; unused with <see cref="Wildcard"/>.</summary>
    public ImmutableHashSet<string> Names { get; set; } = ImmutableHashSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Asked for whether or not anything refers to them.</summary>
    public ImmutableHashSet<string> Always { get; init; } = [];

    /// <summary>Names that the control plane said do not exist: nobody waits for them.</summary>
    public HashSet<string> Absent { get; } = new(StringComparer.Ordinal);

    /// <summary>True once a response of this type was accepted.</summary>
    public bool Answered { get; set; }

    /// <summary>The latest version of the whole type, as the control plane calls it.</summary>
    public string SystemVersion { get; set; } = "";

    /// <summary>What was refused and not yet replaced by something sound, by resource name.</summary>
    public ImmutableSortedDictionary<string, RejectedResource> Rejected { get; set; } =
        ImmutableSortedDictionary.Create<string, RejectedResource>(StringComparer.Ordinal);

    /// <summary>
    /// What a refused response had beside its bad resources, null for a removal. The control plane counts it as sent and may never send it
    /// again, so it takes effect with the next accepted response, as if that had brought it along.
    /// </summary>
    public Dictionary<string, XdsEntry?> Held { get; } = new(StringComparer.Ordinal);

    public bool Wants(string name) => Wildcard || Names.Contains(name);
}
