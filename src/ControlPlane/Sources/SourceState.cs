using System.Collections.Immutable;
using Mesh.Config;
using Mesh.ControlPlane.Model;

namespace Mesh.ControlPlane.Sources;

/// <summary>What a source says after one complete read: one version of each object, and everything worth telling.</summary>
internal sealed record SourceState(ImmutableArray<ConfigObject> Objects, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>Keys that were fetched for the objects.</summary>
    public KeySets Keys { get; init; } = KeySets.Empty;
}
