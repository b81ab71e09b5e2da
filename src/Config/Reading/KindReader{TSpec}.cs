using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads objects of one kind through the reader of its spec.</summary>
internal sealed class KindReader<TSpec>(string group, string kind, string[] versions, Func<ObjectReader, TSpec> readSpec)
    : KindReader(group, kind, versions)
    where TSpec : class, IObjectSpec
{
    /// <summary>Makes the spec of a stand-in, for kinds whose mistakes must not open anything.</summary>
    internal Func<TSpec, bool, TSpec>? Refused { get; init; }

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

    internal override ConfigObject? StandIn(ConfigObject refused, bool scopeIsSound) =>
        Refused is null
            ? null
            : new ConfigObject<TSpec>(Refused(((ConfigObject<TSpec>)refused).Spec, scopeIsSound))
            {
                ApiVersion = refused.ApiVersion,
                Key = refused.Key,
                Location = refused.Location,
                Labels = refused.Labels,
                Annotations = refused.Annotations,
                CreationTimestamp = refused.CreationTimestamp,
                DeletionTimestamp = refused.DeletionTimestamp,
                ResourceVersion = refused.ResourceVersion,
                Generation = refused.Generation,
            };
}
