namespace Mesh.Config.Reading;

/// <summary>Reads <c>metadata</c> of any kind.</summary>
internal static class MetadataReader
{
    internal static ObjectMetadata Read(ObjectReader reader)
    {
        // Name and namespace made the key already; the others are Kubernetes' own.
        reader.Ignore("name", "namespace", "uid", "managedFields", "ownerReferences", "finalizers");
        reader.Ignore("generateName", "selfLink", "deletionGracePeriodSeconds");
        reader.AllowEmpty("labels", "annotations", "creationTimestamp", "deletionTimestamp", "resourceVersion", "generation");
        return new ObjectMetadata(
            reader.TextMap("labels"),
            reader.TextMap("annotations"),
            reader.Timestamp("creationTimestamp"),
            reader.Timestamp("deletionTimestamp"),
            reader.Text("resourceVersion"),
            reader.Long("generation", 0, long.MaxValue) ?? 0
        );
    }
}
