using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>Header edits in a fixed order: set, add, remove, each sorted by name.</summary>
internal sealed record HeaderOperations(
    ImmutableArray<KeyValuePair<string, string>> Set,
    ImmutableArray<KeyValuePair<string, string>> Add,
    ImmutableArray<string> Remove
)
{
    public static HeaderOperations None { get; } = new([], [], []);

    public bool IsEmpty => Set.IsEmpty && Add.IsEmpty && Remove.IsEmpty;
}
