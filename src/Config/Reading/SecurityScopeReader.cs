using System.Collections.Immutable;
using Mesh.Config.Specs;

namespace Mesh.Config.Reading;

/// <summary>Reads which workloads a security object is for, in the same way for all its kinds.</summary>
internal static class SecurityScopeReader
{
    internal static ImmutableSortedDictionary<string, string> Selector(ObjectReader reader) =>
        reader.Object("selector", selector => selector.TextMap("matchLabels"), "an object with matchLabels") ?? StringMap.Empty<string>();

    internal static ImmutableArray<TargetRefSpec> TargetRefs(ObjectReader reader)
    {
        reader.Exclusive("selector", "targetRef", "targetRefs");
        // The singular came first and is still understood.
        return reader.Object("targetRef", Read) is { } only ? [only] : reader.List("targetRefs", Read);
    }

    private static TargetRefSpec Read(ObjectReader reader) =>
        new()
        {
            Location = reader.Location,
            Group = reader.Text("group") ?? "",
            Kind = reader.RequiredText("kind"),
            Name = reader.RequiredText("name"),
            Namespace = reader.Text("namespace"),
        };
}
