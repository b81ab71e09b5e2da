using System.Collections.Immutable;
using Mesh.Config;

namespace Mesh.ControlPlane.Sources;

/// <summary>What a source says after one complete read: one version of each object, and everything worth telling.</summary>
internal sealed record SourceState(ImmutableArray<ConfigObject> Objects, ImmutableArray<Diagnostic> Diagnostics);
