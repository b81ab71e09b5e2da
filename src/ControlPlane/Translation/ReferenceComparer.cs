using System.Runtime.CompilerServices;

namespace Mesh.ControlPlane.Translation;

/// <summary>Tells objects apart by reference; comparing two records would compare all they hold.</summary>
internal sealed class ReferenceComparer<T> : IEqualityComparer<T>
    where T : class
{
    public static ReferenceComparer<T> Instance { get; } = new();

    public bool Equals(T? x, T? y) => ReferenceEquals(x, y);

    public int GetHashCode(T item) => RuntimeHelpers.GetHashCode(item);
}
