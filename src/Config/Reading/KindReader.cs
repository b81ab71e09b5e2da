namespace Mesh.Config.Reading;

/// <summary>How objects of one kind are read.</summary>
internal abstract class KindReader(string group, string kind, string[] versions)
{
    private SchemaNode? schema;

    internal string Group { get; } = group;

    internal string Kind { get; } = kind;

    internal string[] Versions { get; } = versions;

    /// <summary>Whether unknown fields are errors. Users write mesh kinds; kubectl prints the others with fields we have no use for.</summary>
    internal bool IsStrict { get; init; }

    internal bool IsNamespaced { get; init; } = true;

    internal SchemaNode Schema() => schema ??= ObjectReader.Learn(root => Read(root, "", default));

    internal abstract ConfigObject Read(ObjectReader root, string apiVersion, ObjectKey key);

    /// <summary>What is in force instead of a refused object that never was accepted; null for nothing.</summary>
    /// <param name="scopeIsSound">None of the errors is about what the object is for.</param>
    internal abstract ConfigObject? StandIn(ConfigObject refused, bool scopeIsSound);
}
