namespace Mesh.Config.Reading;

/// <summary>The form of a field's value.</summary>
internal enum SchemaKind
{
    /// <summary>May stand there and means nothing to us, or has several forms.</summary>
    Any,
    Text,
    Boolean,
    Integer,
    Number,
    Duration,

    /// <summary>One of the names of an enumeration.</summary>
    Enum,

    /// <summary>A port's number or name.</summary>
    IntegerOrText,
    TextList,
    IntegerList,
    TextMap,
    IntegerMap,
    Object,
    ObjectList,
    ObjectMap,
}
