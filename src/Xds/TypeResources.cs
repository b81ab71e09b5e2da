using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Mesh.Xds;

/// <summary>All resources of one type: immutable, sorted by name, with one version that depends on the content alone.</summary>
public sealed class TypeResources : IEquatable<TypeResources>
{
    // Made when first asked: many sets are only listed, and building it costs more than the set itself.
    private FrozenDictionary<string, XdsResource>? byName;

    private TypeResources(string typeUrl, ImmutableArray<XdsResource> sorted)
    {
        TypeUrl = typeUrl;
        All = sorted;
        Version = ContentHash.Of(sorted.AsSpan());
    }

    /// <summary>One of <see cref="TypeUrls"/>.</summary>
    public string TypeUrl { get; }

    /// <summary>Hash over names and versions, whatever order they were added in.</summary>
    public string Version { get; }

    /// <summary>In ordinal order of their names.</summary>
    public ImmutableArray<XdsResource> All { get; }

    /// <summary>How many there are.</summary>
    public int Count => All.Length;

    /// <summary>No resource of this type.</summary>
    public static TypeResources Empty(string typeUrl) => new(typeUrl, []);

    /// <summary>Any order. The same name twice is taken once if the content is equal.</summary>
    /// <exception cref="ArgumentException">One name with two contents, or a resource of another type: a bug of the caller.</exception>
    public static TypeResources Create(string typeUrl, IEnumerable<XdsResource> resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        var sorted = resources.OrderBy(r => r.Name, StringComparer.Ordinal).ToList();
        var kept = ImmutableArray.CreateBuilder<XdsResource>(sorted.Count);
        foreach (var resource in sorted)
        {
            if (resource.TypeUrl != typeUrl)
            {
                throw new ArgumentException($"{resource} is not a {TypeUrls.ShortName(typeUrl)} resource.", nameof(resources));
            }
            if (kept.Count > 0 && kept[^1].Name == resource.Name)
            {
                // Clients refuse a response that names a resource twice (xds_protocol#resource-updates).
                if (kept[^1].Version != resource.Version)
                {
                    throw new ArgumentException($"{kept[^1]} and {resource} have one name and two contents.", nameof(resources));
                }
                continue;
            }
            kept.Add(resource);
        }
        return new TypeResources(typeUrl, kept.DrainToImmutable());
    }

    /// <summary>The resource of that name, if there is one.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out XdsResource? resource) =>
        (byName ??= All.ToFrozenDictionary(r => r.Name, StringComparer.Ordinal)).TryGetValue(name, out resource);

    /// <inheritdoc/>
    public bool Equals(TypeResources? other) =>
        ReferenceEquals(this, other)
        || (
            other is not null
            && TypeUrl == other.TypeUrl
            && Version == other.Version
            && All.AsSpan().SequenceEqual(other.All.AsSpan(), SameContent.Instance)
        );

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TypeResources);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(TypeUrl, Version);

    private sealed class SameContent : IEqualityComparer<XdsResource>
    {
        public static readonly SameContent Instance = new();

        public bool Equals(XdsResource? x, XdsResource? y) =>
            ReferenceEquals(x, y) || (x is not null && y is not null && x.Name == y.Name && x.Version == y.Version);

        public int GetHashCode(XdsResource obj) => HashCode.Combine(obj.Name, obj.Version);
    }
}
