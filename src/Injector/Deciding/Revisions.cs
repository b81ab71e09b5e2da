using System.Collections.Immutable;

namespace Mesh.Injector.Deciding;

/// <summary>The revision that this injector is, and the tags that also lead to it.</summary>
/// <param name="Name">Written into what is injected.</param>
/// <param name="Tags">Other names for it; <c>default</c> makes it that of <c>istio-injection=enabled</c>.</param>
internal sealed record Revisions(string Name, ImmutableArray<string> Tags)
{
    public static Revisions Default { get; } = new(MeshLabels.DefaultRevision, []);

    public bool Has(string revision) => Name == revision || Tags.Contains(revision);
}
