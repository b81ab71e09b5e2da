using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Xds;

/// <summary>Everything one node may get, all types: immutable, equal by content, safe to share between streams.</summary>
public sealed class ResourceSet : IEquatable<ResourceSet>
{
    private static readonly FrozenDictionary<string, TypeResources> EmptyTypes = TypeUrls.PushOrder.ToFrozenDictionary(
        url => url,
        TypeResources.Empty,
        StringComparer.Ordinal
    );

    private readonly FrozenDictionary<string, TypeResources> types;

    private ResourceSet(IEnumerable<TypeResources> types) =>
        this.types = types.Where(t => t.Count > 0).ToFrozenDictionary(t => t.TypeUrl, StringComparer.Ordinal);

    /// <summary>No resources at all.</summary>
    public static ResourceSet Empty { get; } = new([]);

    /// <summary>The types that have at least one resource, in push order.</summary>
    public ImmutableArray<TypeResources> Types =>
        [.. types.Values.OrderBy(t => TypeUrls.OrderOf(t.TypeUrl)).ThenBy(t => t.TypeUrl, StringComparer.Ordinal)];

    /// <summary>How many resources there are, all types together.</summary>
    public int Count => types.Values.Sum(t => t.Count);

    /// <summary>From whole types, which are shared and not copied: the way to keep the unchanged ones of an older set.</summary>
    /// <exception cref="ArgumentException">One type twice.</exception>
    public static ResourceSet Create(params IEnumerable<TypeResources> types) => new(types);

    /// <summary>From single resources, any order and any types.</summary>
    /// <exception cref="ArgumentException">One name with two contents.</exception>
    public static ResourceSet Create(IEnumerable<XdsResource> resources)
    {
        var builder = new ResourceSetBuilder();
        builder.AddRange(resources);
        return builder.Build();
    }

    /// <summary>All resources of a type; empty, never null.</summary>
    public TypeResources Of(string typeUrl) =>
        types.TryGetValue(typeUrl, out var found) ? found
        : EmptyTypes.TryGetValue(typeUrl, out var empty) ? empty
        : TypeResources.Empty(typeUrl);

    /// <summary>One resource.</summary>
    public bool TryGet(string typeUrl, string name, [NotNullWhen(true)] out XdsResource? resource) =>
        Of(typeUrl).TryGet(name, out resource);

    /// <inheritdoc/>
    public bool Equals(ResourceSet? other) =>
        ReferenceEquals(this, other)
        || (
            other is not null
            && types.Count == other.types.Count
            && types.All(t => other.types.TryGetValue(t.Key, out var theirs) && t.Value.Equals(theirs))
        );

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ResourceSet);

    /// <inheritdoc/>
    public override int GetHashCode() => types.Values.Aggregate(0, (sum, t) => sum ^ t.GetHashCode());
}
