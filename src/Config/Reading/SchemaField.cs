namespace Mesh.Config.Reading;

/// <summary>What is known of one field of a schema.</summary>
internal sealed record SchemaField(SchemaKind Kind)
{
    /// <summary>Bounds of a number; absent where there is none.</summary>
    internal (double? Min, double? Max) Range { get; init; }

    /// <summary>Names of an enumeration, old ones last.</summary>
    internal IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The fields of an object, of a list's elements or of a map's values.</summary>
    internal SchemaNode? Node { get; init; }

    /// <summary>What the object is read into.</summary>
    internal Type? Type { get; init; }

    /// <summary>What a path through this field adds to its name.</summary>
    internal string Suffix =>
        Kind switch
        {
            SchemaKind.ObjectList => "[]",
            SchemaKind.ObjectMap => "[*]",
            _ => "",
        };
}
