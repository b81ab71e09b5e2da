using System.Collections.Immutable;

namespace Mesh.ControlPlane.Sources;

/// <summary>What a directory holds at one moment, sorted by path, each file once.</summary>
/// <param name="Unreadable">Directories that could not be listed and why; what was read from below them stays in force.</param>
internal sealed record FileListing(ImmutableArray<FileEntry> Files, ImmutableArray<UnreadablePath> Unreadable);
