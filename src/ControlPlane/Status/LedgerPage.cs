using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Status;

/// <summary>One moment of the <see cref="ConfigurationLedger"/>. Immutable.</summary>
/// <param name="States">The latest states, in their order.</param>
/// <param name="Objects">Mesh objects in force, each with the first state that had its present version.</param>
internal sealed record LedgerPage(ImmutableArray<LedgerState> States, ImmutableDictionary<ObjectKey, LedgerObject> Objects)
{
    public static LedgerPage Empty { get; } = new([], ImmutableDictionary<ObjectKey, LedgerObject>.Empty);

    /// <summary>The state that whoever has this view is at; null where it is not remembered. Several states may share a view.</summary>
    public LedgerState? AtView(string view) => States.LastOrDefault(state => state.View == view);

    /// <summary>The number of the latest state with these objects; 0 where none is remembered.</summary>
    public long NumberOf(string digest) => States.LastOrDefault(state => state.Digest == digest)?.Number ?? 0;
}
