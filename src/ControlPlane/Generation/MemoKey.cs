using System.Runtime.CompilerServices;

namespace Mesh.ControlPlane.Generation;

/// <summary>
/// The inputs of one generated thing. Texts and values are compared by content, objects by reference: deep comparison would cost more than
/// generating, and an equal copy only leads to a rebuild whose equal bytes are recognised afterwards.
/// </summary>
internal sealed class MemoKey : IEquatable<MemoKey>
{
    private readonly object?[] parts;
    private readonly int hash;

    public MemoKey(params IEnumerable<object?> parts)
    {
        this.parts = [.. parts];
        var sum = new HashCode();
        foreach (var part in this.parts)
        {
            sum.Add(ByContent(part) ? part!.GetHashCode() : RuntimeHelpers.GetHashCode(part));
        }

        hash = sum.ToHashCode();
    }

    public bool Equals(MemoKey? other)
    {
        if (other is null || hash != other.hash || parts.Length != other.parts.Length)
        {
            return false;
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (!ReferenceEquals(parts[i], other.parts[i]) && !(ByContent(parts[i]) && parts[i]!.Equals(other.parts[i])))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as MemoKey);

    public override int GetHashCode() => hash;

    // An ImmutableArray is a value whose equality is that of the array behind it.
    private static bool ByContent(object? part) => part is string or ValueType;
}
