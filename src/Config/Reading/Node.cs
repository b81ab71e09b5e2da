namespace Mesh.Config.Reading;

/// <summary>A value of a parsed document with its line; YAML and JSON become the same tree.</summary>
/// <param name="line">Line in the file, from 1.</param>
internal abstract class Node(int line)
{
    internal int Line { get; } = line;

    /// <summary>What the user wrote, for messages.</summary>
    internal abstract string Describe();
}
