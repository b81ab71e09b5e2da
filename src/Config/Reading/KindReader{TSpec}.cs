using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads objects of one kind through the reader of its spec.</summary>
internal sealed class KindReader<TSpec>(string group, string kind, string[] versions, Func<ObjectReader, TSpec> readSpec)
    : KindReader(group, kind, versions)
    where TSpec : class, IObjectSpec
{
    internal override ConfigObject Read(ObjectReader root, string apiVersion, ObjectKey key)
    {
        root.Ignore("apiVersion", "kind", "status");
        var metadata = root.Required("metadata", MetadataReader.Read);
        var spec = readSpec(root);
        if (IsStrict)
        {
            root.WarnOfUnknownExtensions();
        }
        return new ConfigObject<TSpec>(spec)
        {
            ApiVersion = apiVersion,
            Key = key,
            Location = root.Location,
            Labels = metadata.Labels,
            Annotations = metadata.Annotations,
            CreationTimestamp = metadata.CreationTimestamp,
            DeletionTimestamp = metadata.DeletionTimestamp,
            ResourceVersion = metadata.ResourceVersion,
            Generation = metadata.Generation,
        };
    }
}
