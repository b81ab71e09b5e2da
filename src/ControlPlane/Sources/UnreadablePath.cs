namespace Mesh.ControlPlane.Sources;

/// <summary>A file or directory that could not be read, and why.</summary>
internal sealed record UnreadablePath(string Path, string Reason);
