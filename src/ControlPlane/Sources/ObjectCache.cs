using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Sources;

/// <summary>The objects in force, kept by one writer; what did not change between two reads keeps its reference.</summary>
internal sealed class ObjectCache
{
    /// <summary>All objects; empty until the first complete read.</summary>
    public ObjectSet Objects { get; private set; } = ObjectSet.Empty;

    /// <summary>Keys that were fetched for them.</summary>
    public KeySets Keys { get; private set; } = KeySets.Empty;

    /// <summary>What the sources have to tell.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; private set; } = [];

    /// <summary>Whether a source was read completely; nothing is published before.</summary>
    public bool Synced { get; private set; }

    /// <summary>Takes what a source says now. False where nothing changed, so that nothing need be published.</summary>
    public bool Apply(SourceState state)
    {
        var objects = ObjectSet.From(state.Objects, Objects);
        var changed =
            !Synced
            || !ReferenceEquals(objects, Objects)
            || !ReferenceEquals(state.Keys, Keys)
            || !Diagnostics.SequenceEqual(state.Diagnostics);
        Objects = objects;
        Keys = state.Keys;
        Diagnostics = state.Diagnostics;
        Synced = true;
        return changed;
    }
}
