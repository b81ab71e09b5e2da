using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;
using Mesh.ControlPlane.Translation;

namespace Mesh.ControlPlane;

/// <summary>One published state: what exists, what it means, and everything worth telling about it.</summary>
/// <param name="Number">Counts the states of this process from 1.</param>
/// <param name="ChangedAt">Timestamp of the first sign of the change; 0 for the first state.</param>
internal sealed record MeshState(
    long Number,
    ObjectSet Objects,
    MeshSnapshot Snapshot,
    ImmutableArray<Diagnostic> Diagnostics,
    long ChangedAt
)
{
    /// <summary>From which the next translation keeps what it can.</summary>
    public TranslationResult? Translation { get; init; }
}
