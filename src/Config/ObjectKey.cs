namespace Mesh.Config;

/// <summary>Identity of an object among all sources.</summary>
/// <param name="Kind">Kind as written; <see cref="Kinds"/> has those with typed specs.</param>
/// <param name="Namespace">Namespace; empty for kinds that have none.</param>
/// <param name="Name">Name within kind and namespace.</param>
#pragma warning disable CA1036 // keys are sorted, nobody writes a < b
public readonly record struct ObjectKey(string Kind, string Namespace, string Name) : IComparable<ObjectKey>
{
    /// <summary>The fixed order of objects: kind, namespace, name, byte for byte.</summary>
    public int CompareTo(ObjectKey other)
    {
        var order = string.CompareOrdinal(Kind, other.Kind);
        if (order == 0)
        {
            order = string.CompareOrdinal(Namespace, other.Namespace);
        }
        return order != 0 ? order : string.CompareOrdinal(Name, other.Name);
    }

    /// <summary><c>KIND ns/name</c>, or <c>KIND name</c> for kinds without a namespace.</summary>
    public override string ToString() => Namespace.Length == 0 ? $"{Kind} {Name}" : $"{Kind} {Namespace}/{Name}";
}
