using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>Header edits in the order they are applied; names in lower case. Codecs apply them, policies only carry them.</summary>
internal sealed class HeaderEdits(ImmutableArray<HeaderEdit> edits)
{
    public static HeaderEdits None { get; } = new([]);

    public ImmutableArray<HeaderEdit> Edits { get; } = edits;

    public bool IsEmpty => Edits.IsEmpty;
}
