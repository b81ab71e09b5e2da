using System.Collections.Immutable;

namespace Mesh.ControlPlane.Model;

/// <summary>The keys fetched so far; what did not change between two fetches keeps its text by reference.</summary>
internal sealed class KeySets(ImmutableDictionary<KeySource, FetchedKeys> fetched)
{
    /// <summary>Nothing was fetched yet.</summary>
    public static KeySets Empty { get; } = new(ImmutableDictionary<KeySource, FetchedKeys>.Empty);

    public ImmutableDictionary<KeySource, FetchedKeys> Fetched { get; } = fetched;

    /// <summary>Null where no attempt has ended yet.</summary>
    public FetchedKeys? Of(KeySource source) => Fetched.GetValueOrDefault(source);
}
