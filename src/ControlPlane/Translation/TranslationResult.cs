using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Translation;

/// <summary>What a set of objects means, everything worth telling about it, and the stages from which the next translation keeps what it can.</summary>
/// <param name="Diagnostics">By file, line and path; without repetition.</param>
internal sealed record TranslationResult(MeshSnapshot Snapshot, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The stages that made it.</summary>
    public required TranslationStages Stages { get; init; }
}
