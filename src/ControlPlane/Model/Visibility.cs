using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>The client namespaces that may see an object (<c>exportTo</c> resolved against the object's own namespace).</summary>
/// <param name="Everyone">True for <c>*</c>.</param>
/// <param name="Namespaces">The namespaces where <see cref="Everyone"/> is false; empty means nobody (<c>~</c>).</param>
internal sealed record Visibility(bool Everyone, ImmutableArray<string> Namespaces)
{
    public static Visibility Public { get; } = new(true, []);

    public bool Allows(string clientNamespace) => Everyone || Namespaces.Contains(clientNamespace, StringComparer.Ordinal);

    public bool Equals(Visibility? other) =>
        other is not null && Everyone == other.Everyone && Namespaces.SequenceEqual(other.Namespaces, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Everyone, Namespaces.Length);
}
