namespace Mesh.Xds;

/// <summary>Collects resources in any order for one <see cref="ResourceSet"/>.</summary>
public sealed class ResourceSetBuilder
{
    private readonly Dictionary<string, List<XdsResource>> byType = new(StringComparer.Ordinal);

    /// <summary>Adds one resource.</summary>
    public ResourceSetBuilder Add(XdsResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (!byType.TryGetValue(resource.TypeUrl, out var list))
        {
            byType.Add(resource.TypeUrl, list = []);
        }
        list.Add(resource);
        return this;
    }

    /// <summary>Adds several.</summary>
    public ResourceSetBuilder AddRange(IEnumerable<XdsResource> resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        foreach (var resource in resources)
        {
            Add(resource);
        }
        return this;
    }

    /// <summary>The set; the builder may be used further.</summary>
    /// <exception cref="ArgumentException">One name with two contents.</exception>
    public ResourceSet Build() => ResourceSet.Create(byType.Select(t => TypeResources.Create(t.Key, t.Value)));
}
