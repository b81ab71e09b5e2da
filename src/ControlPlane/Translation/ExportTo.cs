using System.Collections.Immutable;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>Resolves <c>exportTo</c> against an object's own namespace: <c>*</c> all, <c>.</c> its own, <c>~</c> nobody, or names.</summary>
internal static class ExportTo
{
    public static Visibility Resolve(ImmutableArray<string> exportTo, string objectNamespace)
    {
        if (exportTo.IsDefaultOrEmpty || exportTo.Contains("*"))
        {
            return Visibility.Public;
        }

        return new(
            false,
            [
                .. exportTo
                    .Where(target => target != "~")
                    .Select(target => target == "." ? objectNamespace : target)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ]
        );
    }

    /// <summary>True if some client could see both.</summary>
    public static bool Overlap(Visibility left, Visibility right) =>
        left.Everyone ? right.Everyone || right.Namespaces.Length > 0
        : right.Everyone ? left.Namespaces.Length > 0
        : left.Namespaces.Intersect(right.Namespaces, StringComparer.Ordinal).Any();
}
