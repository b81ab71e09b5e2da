namespace Mesh.Config;

/// <summary>A line of a user's file; what every message about configuration points at.</summary>
/// <param name="File">Name as the source gave it.</param>
/// <param name="Line">Line from 1; 0 when only the file is known.</param>
public readonly record struct SourceLocation(string File, int Line)
{
    /// <summary><c>file:line</c>.</summary>
    public override string ToString() => $"{File}:{Line}";
}
