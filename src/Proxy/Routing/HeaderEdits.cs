using System.Collections.Immutable;

namespace Mesh.Proxy.Routing;

/// <summary>Header edits in the order they are applied; names in lower case. Codecs apply them, policies only carry them.</summary>
internal sealed class HeaderEdits(ImmutableArray<HeaderEdit> edits)
{
    public static HeaderEdits None { get; } = new([]);

    public ImmutableArray<HeaderEdit> Edits { get; } = edits;

    public bool IsEmpty => Edits.IsEmpty;

    /// <summary>These, then the others. Allocates only where both are there.</summary>
    public HeaderEdits And(HeaderEdits others) =>
        others.IsEmpty ? this
        : IsEmpty ? others
        : new HeaderEdits([.. Edits, .. others.Edits]);

    /// <summary>Edits of one level in Envoy's order: what is removed goes first, so that a header both removed and added is replaced; then sets, then adds.</summary>
    public static HeaderEdits Create(
        IEnumerable<string> remove,
        IEnumerable<KeyValuePair<string, string>> set,
        IEnumerable<KeyValuePair<string, string>> add
    )
    {
        ImmutableArray<HeaderEdit> edits =
        [
            .. remove.Select(name => new HeaderEdit(HeaderEditKind.Remove, name.ToLowerInvariant(), "")),
            .. set.Select(header => new HeaderEdit(HeaderEditKind.Set, header.Key.ToLowerInvariant(), header.Value)),
            .. add.Select(header => new HeaderEdit(HeaderEditKind.Add, header.Key.ToLowerInvariant(), header.Value)),
        ];
        return edits.IsEmpty ? None : new HeaderEdits(edits);
    }
}
