using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Identity of inputs: what was made from the same objects need not be made again.</summary>
internal static class References
{
    public static bool Same<T>(ImmutableArray<T> left, ImmutableArray<T> right)
        where T : class
    {
        if (left == right)
        {
            return true;
        }

        if (left.Length != right.Length)
        {
            return false;
        }

        for (var i = 0; i < left.Length; i++)
        {
            if (!ReferenceEquals(left[i], right[i]))
            {
                return false;
            }
        }

        return true;
    }
}
