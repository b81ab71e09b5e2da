namespace Mesh.Cli.Explain;

/// <summary>One value in force and where it comes from.</summary>
internal sealed record Setting(string Name, string Value, Origin Origin);
