using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Sources;

/// <summary>The objects in force, kept by one writer; what did not change between two reads keeps its reference.</summary>
internal sealed class ObjectCache
{
    /// <summary>All objects; empty until the first complete read.</summary>
    public ObjectSet Objects { get; private set; } = ObjectSet.Empty;

    /// <summary>What the sources have to tell.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; private set; } = [];

    /// <summary>Whether a source was read completely; nothing is published before.</summary>
    public bool Synced { get; private set; }

    /// <summary>Takes what a source says now. False where nothing changed, so that nothing need be published.</summary>
    public bool Apply(SourceState state)
    {
        var objects = ObjectSet.From(state.Objects, Objects);
        var changed = !Synced || !ReferenceEquals(objects, Objects) || !Diagnostics.SequenceEqual(state.Diagnostics);
        Objects = objects;
        Diagnostics = state.Diagnostics;
        Synced = true;
        return changed;
    }
}
