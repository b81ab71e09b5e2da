namespace Mesh.Cli.Explain;

/// <summary>Where the client's connection arrives.</summary>
/// <param name="Why">How it was found.</param>
internal sealed record ExplainedListener(string Name, string Address, string Why);
